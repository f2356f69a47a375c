-- Find who has each of these addresses.
-- KEYS: for each: addresses:BUCKET
-- ARGV: for each: the normalised address
-- Reply: for each: the id, or empty
local ids = {}
for i = 1, #KEYS do ids[i] = redis.call('HGET', KEYS[i], ARGV[i]) or '' end
return ids
