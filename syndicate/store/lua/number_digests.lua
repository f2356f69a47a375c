-- Give each digest a number by which subscribers' records name it, or each zone one by which they
-- are looked up; it has it for ever.
-- KEYS: digests, digests:names; or zones, zones:names
-- ARGV: CADENCE:CATEGORY of each, or the zone's name
-- Reply: the number of each
local numbers = {}
for i = 1, #ARGV do
  local number = redis.call('HGET', KEYS[1], ARGV[i])
  if not number then
    number = redis.call('HINCRBY', KEYS[2], 'last', 1)
    redis.call('HSET', KEYS[1], ARGV[i], number)
    redis.call('HSET', KEYS[2], number, ARGV[i])
  end
  numbers[i] = tonumber(number)
end
return numbers
