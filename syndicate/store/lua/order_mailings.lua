-- Order the mailings of editions, each once; and, if there are readers who want all in one, the
-- mailing of those of them that are ordered now. Who these readers are is frozen with it: they get
-- it, and the others the editions one by one, whatever anybody chooses meanwhile.
-- KEYS: editions:cut, mailings:active, together:CADENCE, mailing (all in one, under a reserved id),
--       mailing:ID:together of that one, then edition and mailing (under a reserved id) of each
-- ARGV: ordered_at, id of the mailing of all in one (0 for none), seconds after which nothing of it
--       is sent any more, then the ids of edition and mailing of each
-- Reply: id of the mailing of all in one, or 0 if there is none now; then for each edition the id
--        of its mailing, ordered now or before, or 0 if it isn't to go out
local now, all = ARGV[1], ARGV[2]
local due, reply, joined = {}, {0}, {}
for i = 1, (#KEYS - 5) / 2 do
  local edition = redis.call('HMGET', KEYS[4 + 2 * i], 'life', 'mailing')
  local goes = edition[1] == 'scheduled' and not edition[2]
  if goes then
    due[#due + 1] = i
    joined[#joined + 1] = ARGV[2 + 2 * i]
  end
  reply[i + 1] = tonumber(edition[2] or (goes and ARGV[3 + 2 * i]) or 0)
end
local together = all ~= '0' and #due > 0 and redis.call('EXISTS', KEYS[3]) == 1
if together then
  redis.call('SUNIONSTORE', KEYS[5], KEYS[3])
  redis.call('EXPIRE', KEYS[5], ARGV[3])
  redis.call('HSET', KEYS[4], 'editions', table.concat(joined, ' '), 'state', 'ordered',
    'ordered_at', now, 'audience', 0, 'chunks', 0, 'together', 'yes')
  redis.call('SADD', KEYS[2], all)
  reply[1] = tonumber(all)
end
for _, i in ipairs(due) do
  local edition, mailing = ARGV[2 + 2 * i], ARGV[3 + 2 * i]
  redis.call('HSET', KEYS[4 + 2 * i], 'mailing', mailing)
  redis.call('HSET', KEYS[5 + 2 * i], 'editions', edition, 'state', 'ordered', 'ordered_at', now,
    'audience', 0, 'chunks', 0)
  if together then
    redis.call('HSET', KEYS[4 + 2 * i], 'together', all)
    redis.call('HSET', KEYS[5 + 2 * i], 'without', all)
  end
  redis.call('SADD', KEYS[2], mailing)
  redis.call('SREM', KEYS[1], edition)
end
return reply
