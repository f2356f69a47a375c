-- Take some more of those whom a mailing goes to into chunks; in the end, have planning be over.
-- Who is subscribed all the while is in it, once; who comes or goes meanwhile may be or not. To copy
-- a set of a million instead would stop everybody for a second, and take ten times the memory.
-- KEYS: mailing, mailing:ID:planned, mailing:ID:rest, mailing:ID:chunks, mailing:ID:due,
--       mailings:active, mailing:ID:together (of the mailing of all in one: itself, or that which
--       has the same edition), subscribers:zones, mailing:ID:begins, what is kept of it for a while:
--       mailing:ID:templates, then the rest;
--       KEYS[ARGV[4]], if there is one: subscribed:CADENCE:CATEGORY to be looked through
-- ARGV: mailing, cursor in that set (0 at first), size of a chunk, number of that key, now,
--       who of the set: everybody, together (who is in KEYS[7]) or apart (who isn't),
--       seconds that templates are kept after the end, seconds for all else,
--       then for each zone whose readers have chunks of their own its number, the moment from which
--       these are due, and its name; the first is 0, with the chunks of all others
-- Reply: next cursor in the set (0: it is through, -1: the mailing isn't planned any more), number
--        of the first chunk made, how many were made
local state, set = redis.call('HGET', KEYS[1], 'state'), KEYS[tonumber(ARGV[4])]
if state == 'ordered' then
  redis.call('HSET', KEYS[1], 'state', 'planning')
elseif state ~= 'planning' then
  return {-1, 0, 0}
end

local size, due, names = tonumber(ARGV[3]), {}, {}
for n = 9, #ARGV, 3 do due[tonumber(ARGV[n])], names[tonumber(ARGV[n])] = ARGV[n + 1], ARGV[n + 2] end
local is_local = #ARGV > 11

local function wanted(member)
  if ARGV[6] == 'everybody' then return true end
  return (redis.call('SISMEMBER', KEYS[7], member) == 1) == (ARGV[6] == 'together')
end

local function zone_of(member)
  if not is_local then return 0 end
  local packed = redis.call('GETRANGE', KEYS[8], 2 * member, 2 * member + 1)
  local zone = #packed == 2 and struct.unpack('>I2', packed) or 0
  return due[zone] and zone or 0
end

local some, order, cursor, looks, found = {}, {}, ARGV[2], 0, 0
if set then
  repeat
    local page = redis.call('SSCAN', set, cursor, 'COUNT', size)
    cursor, looks = page[1], looks + 1
    for _, member in ipairs(page[2]) do
      -- A scan may show one twice, and he may be in several of its sets.
      if wanted(member) and redis.call('SETBIT', KEYS[2], member, 1) == 0 then
        local zone = zone_of(member)
        if not some[zone] then
          some[zone], order[#order + 1] = {}, zone
        end
        some[zone][#some[zone] + 1], found = struct.pack('<I4', member), found + 1
      end
    end
  -- Where few of many are wanted, others get their turn.
  until cursor == '0' or found >= size or looks == 20
else
  -- What is left of the zones, some of them at a time.
  local rest = redis.call('HKEYS', KEYS[3])
  for n = 1, math.min(#rest, 8) do order[n] = tonumber(rest[n]) end
end

local first, made = tonumber(redis.call('HGET', KEYS[1], 'chunks')), 0
for _, zone in ipairs(order) do
  local packed = (redis.call('HGET', KEYS[3], zone) or '') .. table.concat(some[zone] or {})
  local left = 1
  while #packed - left + 1 >= 4 * size or (not set and left <= #packed) do
    local part = {}
    for at = left, math.min(left + 4 * size, #packed + 1) - 4, 4 do
      part[#part + 1] = struct.unpack('<I4', packed, at)
    end
    table.sort(part)
    for n = 1, #part do part[n] = struct.pack('<I4', part[n]) end
    redis.call('HSET', KEYS[4], first + made, table.concat(part))
    -- A zone that is known no more is as if it had never been named.
    local begins, name = due[zone] or due[0], names[zone] or ''
    redis.call('ZADD', KEYS[5], begins, first + made)
    redis.call('HSET', KEYS[9], first + made, begins .. ' ' .. name)
    redis.call('HINCRBY', KEYS[1], 'audience', #part)
    made, left = made + 1, left + 4 * #part
  end
  if left > #packed then
    redis.call('HDEL', KEYS[3], zone)
  else
    redis.call('HSET', KEYS[3], zone, string.sub(packed, left))
  end
end
if made > 0 then redis.call('HINCRBY', KEYS[1], 'chunks', made) end
if set or made > 0 then return {tonumber(cursor), first, made} end

redis.call('DEL', KEYS[2], KEYS[3])
local done = redis.call('EXISTS', KEYS[5]) == 0
redis.call('HSET', KEYS[1], 'state', done and 'sent' or 'sending')
if done then
  redis.call('HSET', KEYS[1], 'ended_at', ARGV[5])
  redis.call('SREM', KEYS[6], ARGV[1])
  redis.call('EXPIRE', KEYS[10], ARGV[7])
  for k = 11, #KEYS do redis.call('EXPIRE', KEYS[k], ARGV[8]) end
end
return {-1, 0, 0}
