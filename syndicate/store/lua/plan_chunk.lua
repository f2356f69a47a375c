-- Move some of a frozen audience into the next chunk; with nobody left, planning is over.
-- KEYS: mailing, mailing:ID:audience, mailing:ID:chunks, mailing:ID:due, mailings:active
-- ARGV: mailing, size of a chunk, moment from which it is due, now
-- Reply: the chunk's number, or -1 when there is none left
if redis.call('HGET', KEYS[1], 'state') ~= 'planning' then return -1 end
local some = redis.call('SPOP', KEYS[2], ARGV[2])
if #some == 0 then
  local done = redis.call('EXISTS', KEYS[4]) == 0
  redis.call('HSET', KEYS[1], 'state', done and 'sent' or 'sending')
  if done then
    redis.call('HSET', KEYS[1], 'ended_at', ARGV[4])
    redis.call('SREM', KEYS[5], ARGV[1])
  end
  return -1
end
for i = 1, #some do some[i] = tonumber(some[i]) end
table.sort(some)
local packed = {}
for i = 1, #some do packed[i] = struct.pack('<I4', some[i]) end
local chunk = redis.call('HINCRBY', KEYS[1], 'chunks', 1) - 1
redis.call('HINCRBY', KEYS[1], 'audience', #some)
redis.call('HSET', KEYS[3], chunk, table.concat(packed))
redis.call('ZADD', KEYS[4], ARGV[3], chunk)
return chunk
