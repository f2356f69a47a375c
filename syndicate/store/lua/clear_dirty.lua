-- A feed was written: it is clean, unless something changed while it was being built.
-- KEYS: dirty, changed:FEED
-- ARGV: feed, the sequence that was read before building, then the changed posts it was built with
-- Reply: 1 if it is clean now, else 0
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
for i = 3, #ARGV do redis.call('ZREM', KEYS[2], ARGV[i]) end
return 1
