-- Take a post out of what waits for the next edition of a digest, for good.
-- KEYS: post, pending:CADENCE:CATEGORY, pending:CADENCE
-- ARGV: id, cadence, category, mark (skipped, old), by whom and why (JSON)
-- Reply: 1 if it waited, else 0
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[3], ARGV[3]) end
redis.call('HSET', KEYS[1], 'in:' .. ARGV[2] .. ':' .. ARGV[3], ARGV[4],
  'why:' .. ARGV[2] .. ':' .. ARGV[3], ARGV[5])
return 1
