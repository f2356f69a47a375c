-- Have a digest go on under another name: its numbers, its slots, which posts it has had, the
-- corrections that its next edition tells of, and its past editions.
-- KEYS: digest, corrections:CADENCE:CATEGORY and mailed:CADENCE:CATEGORY, of each the old, the new
-- Reply: 1, or 0 if there was nothing to rename
local old = redis.call('HGETALL', KEYS[1])
if #old == 0 then return 0 end
for i = 1, #old, 2 do
  if old[i] == 'number' then
    local new = tonumber(redis.call('HGET', KEYS[2], 'number') or '0')
    redis.call('HSET', KEYS[2], 'number', math.max(new, tonumber(old[i + 1])))
  else
    redis.call('HSETNX', KEYS[2], old[i], old[i + 1])
  end
end
redis.call('SUNIONSTORE', KEYS[4], KEYS[4], KEYS[3])
redis.call('ZUNIONSTORE', KEYS[6], 2, KEYS[6], KEYS[5], 'AGGREGATE', 'MAX')
redis.call('DEL', KEYS[1], KEYS[3], KEYS[5])
return 1
