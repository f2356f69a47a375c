-- Put new records of subscribers in the place of those they were made from, each with all that
-- follows from it: the audiences he is in, his address, the counts, and the record of his consent.
-- What follows from a change of states is told once for all who change alike.
-- KEYS: subscribers:counts, subscribers:wakes, digests:names, suppressions, erased,
--       subscribers:zones, then for each change of states a set for each audience that is entered or left,
--       then for each step: subscribers:BUCKET, consents:BUCKET, addresses:BUCKET of his address
--       before, and of the one after
-- ARGV: how many changes of states there are, then for each:
--         how many counts change, then for each its name and by how much,
--         how many audiences are entered or left, then for each SADD or SREM, and of a digest its
--         number and its name, or two empty;
--       then for each step: id, record before (empty: none), record after (empty: erased), entry of
--         consent (or empty), normalised address before and after (empty: none),
--         when something becomes of him by itself (or empty),
--         by when the append-only file is to be rewritten for it (or empty),
--         which change of states it is, from 1, the number of his zone (or empty: as it was),
--         how many entries of the suppression list change, then for each its name and what it says
--         (empty: it is taken off)
-- Reply: for each step: saved; stale (the record, or what a digest is called, is another by now);
--        or taken (the address is another's)
local COUNTS, WAKES, NAMES, SUPPRESSIONS, ERASED, ZONES = unpack(KEYS, 1, 6)
local a, k = 2, 7

local changes = {}
for c = 1, ARGV[1] do
  local change = {counts = {}, audiences = {}, stale = false}
  for n = 1, ARGV[a] do change.counts[n] = {ARGV[a + 2 * n - 1], ARGV[a + 2 * n]} end
  a = a + 2 * ARGV[a] + 1
  for n = 1, ARGV[a] do
    local verb, number, name = unpack(ARGV, a + 3 * n - 2, a + 3 * n)
    change.audiences[n] = {verb, KEYS[k]}
    change.stale = change.stale or number ~= '' and redis.call('HGET', NAMES, number) ~= name
    k = k + 1
  end
  a = a + 3 * ARGV[a] + 1
  changes[c] = change
end

-- While all are counted anew, those below this id were counted already.
local upto, moved = tonumber(redis.call('HGET', COUNTS, 'upto') or 0), {}

local function save(id, before, after, consent, was, is, wakes, rewrite, change, zone)
  if change.stale or (redis.call('HGET', KEYS[k], id) or '') ~= before then return 'stale' end
  if was ~= is then
    if is ~= '' and redis.call('HSETNX', KEYS[k + 3], is, id) == 0 then return 'taken' end
    if was ~= '' then redis.call('HDEL', KEYS[k + 2], was) end
  end
  for _, audience in ipairs(change.audiences) do redis.call(audience[1], audience[2], id) end
  for _, count in ipairs(change.counts) do
    local name = count[1]
    moved[name] = (moved[name] or 0) + count[2]
    if tonumber(id) < upto then
      moved['again:' .. name] = (moved['again:' .. name] or 0) + count[2]
    end
  end
  for l = a + 11, a + 9 + 2 * ARGV[a + 10], 2 do
    if ARGV[l + 1] ~= '' then
      redis.call('HSET', SUPPRESSIONS, ARGV[l], ARGV[l + 1])
    else
      redis.call('HDEL', SUPPRESSIONS, ARGV[l])
    end
  end
  if zone ~= '' then redis.call('SETRANGE', ZONES, 2 * id, struct.pack('>I2', zone)) end
  if wakes ~= '' then
    redis.call('ZADD', WAKES, wakes, id)
  elseif before ~= '' then
    redis.call('ZREM', WAKES, id)
  end
  if after == '' then
    redis.call('HDEL', KEYS[k], id)
    redis.call('HDEL', KEYS[k + 1], id)
    local by = redis.call('GET', ERASED)
    if not by or tonumber(by) > tonumber(rewrite) then redis.call('SET', ERASED, rewrite) end
    return 'saved'
  end
  redis.call('HSET', KEYS[k], id, after)
  if consent ~= '' then
    local entries = before ~= '' and redis.call('HGET', KEYS[k + 1], id)
    redis.call('HSET', KEYS[k + 1], id, entries and entries .. '\n' .. consent or consent)
  end
  return 'saved'
end

local said = {}
while a <= #ARGV do
  local id, before, after, consent, was, is, wakes, rewrite = unpack(ARGV, a, a + 7)
  local change = changes[tonumber(ARGV[a + 8])]
  said[#said + 1] = save(
    id, before, after, consent, was, is, wakes, rewrite, change, ARGV[a + 9])
  a, k = a + 11 + 2 * ARGV[a + 10], k + 4
end
for name, by in pairs(moved) do
  if by ~= 0 then redis.call('HINCRBY', COUNTS, name, by) end
end
return said
