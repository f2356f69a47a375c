-- Have a digest go on under another name: its numbers, its slots, and which posts it has had.
-- KEYS: digest (old), digest (new)
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
redis.call('DEL', KEYS[1])
return 1
