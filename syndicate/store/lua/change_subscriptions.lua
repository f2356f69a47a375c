-- Move subscriptions of one subscriber to a state, with the sets that mailings read and the record
-- of consent.
-- KEYS: subscriber, consents, then subscribed:CADENCE:CATEGORY for each subscription
-- ARGV: subscriber, the new state (pending, active, left), now, how (JSON),
--       then CADENCE:CATEGORY for each subscription
-- Reply: how many changed
local changed = {}
for k = 3, #KEYS do
  local list = ARGV[2 + k]
  local field = 'on:' .. list
  local before = redis.call('HGET', KEYS[1], field)
  -- Asking again for what one has must not take it away.
  local keeps = ARGV[2] == 'pending' and before == 'active'
  local nothing = ARGV[2] == 'left' and not before
  if before ~= ARGV[2] and not keeps and not nothing then
    redis.call('HSET', KEYS[1], field, ARGV[2])
    redis.call(ARGV[2] == 'active' and 'SADD' or 'SREM', KEYS[k], ARGV[1])
    changed[#changed + 1] = list
  end
end
if #changed == 0 then return 0 end
local record = redis.call('HGETALL', KEYS[1])
local seen = {}
for i = 1, #record, 2 do
  if string.sub(record[i], 1, 3) == 'on:' then seen[record[i + 1]] = true end
end
local status = seen.active and 'active' or seen.pending and 'pending' or 'left'
redis.call('HSET', KEYS[1], 'status', status)
redis.call('XADD', KEYS[2], '*', 'subscriber', ARGV[1], 'state', ARGV[2],
  'lists', cjson.encode(changed), 'at', ARGV[3], 'how', ARGV[4])
return #changed
