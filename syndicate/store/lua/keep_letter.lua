-- Keep a letter's message as it was first made.
-- KEYS: letters:leases, letter
-- ARGV: letter, token, message
-- Reply: 1, or 0 if the letter is no longer this worker's
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSETNX', KEYS[2], 'message', ARGV[3])
return 1
