-- Give a chunk back: done, or due again later. The last one done ends its mailing.
-- KEYS: mailing, mailing:ID:due, mailing:ID:leases, mailings:active, what is kept of it for a while:
--       mailing:ID:templates, then the rest
-- ARGV: mailing, chunk, token, the moment from which it is due again (or -1), now,
--       seconds that templates are kept after the end, seconds for all else
-- Reply: the mailing's state after it, or lost if the chunk is no longer this worker's
if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[3] then return 'lost' end
redis.call('HDEL', KEYS[3], ARGV[2])
if tonumber(ARGV[4]) >= 0 then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2])
else
  redis.call('ZREM', KEYS[2], ARGV[2])
end
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'sending' and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('HSET', KEYS[1], 'state', 'sent', 'ended_at', ARGV[5])
  redis.call('SREM', KEYS[4], ARGV[1])
  redis.call('EXPIRE', KEYS[5], ARGV[6])
  for k = 6, #KEYS do redis.call('EXPIRE', KEYS[k], ARGV[7]) end
  return 'sent'
end
return state
