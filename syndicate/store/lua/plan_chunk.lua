-- Take some more of those whom a mailing goes to into chunks; in the end, have planning be over.
-- Who is subscribed all the while is in it, once; who comes or goes meanwhile may be or not. To copy
-- a set of a million instead would stop everybody for a second, and take ten times the memory.
-- KEYS: mailing, mailing:ID:planned, mailing:ID:rest, mailing:ID:chunks, mailing:ID:due,
--       mailings:active, mailing:ID:together (of the mailing of all in one: itself, or that which
--       has the same edition), what is kept of it for a while: mailing:ID:templates, then the rest;
--       KEYS[ARGV[9]], if there is one: subscribed:CADENCE:CATEGORY to be looked through
-- ARGV: mailing, cursor in that set (0 at first), size of a chunk, moment from which it is due, now,
--       who of the set: everybody, together (who is in KEYS[7]) or apart (who isn't),
--       seconds that templates are kept after the end, seconds for all else, number of that key
-- Reply: next cursor in the set (0: it is through, -1: the mailing isn't planned any more), number
--        of the first chunk made, how many were made
local state, set = redis.call('HGET', KEYS[1], 'state'), KEYS[tonumber(ARGV[9])]
if state == 'ordered' then
  redis.call('HSET', KEYS[1], 'state', 'planning')
elseif state ~= 'planning' then
  return {-1, 0, 0}
end
local size, packed = tonumber(ARGV[3]), redis.call('GET', KEYS[3]) or ''
local some = {}
for at = 1, #packed, 4 do some[#some + 1] = struct.unpack('<I4', packed, at) end

local function wanted(member)
  if ARGV[6] == 'everybody' then return true end
  return (redis.call('SISMEMBER', KEYS[7], member) == 1) == (ARGV[6] == 'together')
end

local cursor, looks = ARGV[2], 0
if set then
  repeat
    local page = redis.call('SSCAN', set, cursor, 'COUNT', size)
    cursor, looks = page[1], looks + 1
    for _, member in ipairs(page[2]) do
      -- A scan may show one twice, and he may be in several of its sets.
      if wanted(member) and redis.call('SETBIT', KEYS[2], member, 1) == 0 then
        some[#some + 1] = tonumber(member)
      end
    end
  -- Where few of many are wanted, others get their turn.
  until cursor == '0' or #some >= size or looks == 20
end

local first, made = tonumber(redis.call('HGET', KEYS[1], 'chunks')), 0
local left = 1
while #some - left + 1 >= size or (not set and left <= #some) do
  local part = {unpack(some, left, math.min(left + size - 1, #some))}
  table.sort(part)
  for n = 1, #part do part[n] = struct.pack('<I4', part[n]) end
  redis.call('HSET', KEYS[4], first + made, table.concat(part))
  redis.call('ZADD', KEYS[5], ARGV[4], first + made)
  redis.call('HINCRBY', KEYS[1], 'audience', #part)
  made, left = made + 1, left + #part
end
if made > 0 then redis.call('HINCRBY', KEYS[1], 'chunks', made) end
local rest = {}
for n = left, #some do rest[#rest + 1] = struct.pack('<I4', some[n]) end
redis.call('SET', KEYS[3], table.concat(rest))
if set or made > 0 then return {tonumber(cursor), first, made} end

redis.call('DEL', KEYS[2], KEYS[3])
local done = redis.call('EXISTS', KEYS[5]) == 0
redis.call('HSET', KEYS[1], 'state', done and 'sent' or 'sending')
if done then
  redis.call('HSET', KEYS[1], 'ended_at', ARGV[5])
  redis.call('SREM', KEYS[6], ARGV[1])
  redis.call('EXPIRE', KEYS[8], ARGV[7])
  for k = 9, #KEYS do redis.call('EXPIRE', KEYS[k], ARGV[8]) end
end
return {-1, 0, 0}
