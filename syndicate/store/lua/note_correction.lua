-- Have the next edition of a digest tell of a correction, if an edition of it had the post.
-- KEYS: digest, corrections:CADENCE:CATEGORY
-- ARGV: id of the post
-- Reply: 1, or 0 if nobody got it
if redis.call('HEXISTS', KEYS[1], 'post:' .. ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
return 1
