-- Move a cadence to its next slot, if nobody has yet.
-- KEYS: schedule:CADENCE
-- ARGV: the slot it is believed to stand at (empty: at none), the slot to move to,
--       held (JSON list, or empty to leave it)
-- Reply: 1, or 0 if it stands elsewhere
if (redis.call('HGET', KEYS[1], 'slot') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'slot', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'held', ARGV[3]) end
return 1
