-- Put a post into feeds that the settings ask for since it was taken in; no digest hears of it.
-- KEYS: dirty, posts:seq, then log:FEED for each feed
-- ARGV: id, then the feeds' names
-- Reply: how many feeds it is new to
local new = 0
for f = 3, #KEYS do
  if not redis.call('ZSCORE', KEYS[f], ARGV[1]) then
    local sequence = redis.call('INCR', KEYS[2])
    redis.call('ZADD', KEYS[f], sequence, ARGV[1])
    redis.call('ZADD', KEYS[1], sequence, ARGV[f - 1])
    new = new + 1
  end
end
return new
