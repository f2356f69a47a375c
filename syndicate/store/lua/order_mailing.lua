-- Order the mailing of an edition, once.
-- KEYS: editions:cut, edition, mailing (under a reserved id), mailings:active
-- ARGV: edition, mailing, ordered_at
-- Reply: id of the edition's mailing, ordered now or before
local before = redis.call('HGET', KEYS[2], 'mailing')
if before then return tonumber(before) end
redis.call('HSET', KEYS[2], 'mailing', ARGV[2])
redis.call('HSET', KEYS[3], 'editions', ARGV[1], 'state', 'ordered', 'ordered_at', ARGV[3],
  'audience', 0, 'chunks', 0)
redis.call('SADD', KEYS[4], ARGV[2])
redis.call('SREM', KEYS[1], ARGV[1])
return tonumber(ARGV[2])
