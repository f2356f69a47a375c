-- A feed was written: it is clean, unless something changed while it was being built.
-- KEYS: dirty
-- ARGV: feed, the sequence that was read before building
-- Reply: 1 if it is clean now, else 0
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then
  return redis.call('ZREM', KEYS[1], ARGV[1])
end
return 0
