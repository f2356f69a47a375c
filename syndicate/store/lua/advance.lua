-- Between two messages of a chunk: write down how the last went, and ask whether the next may go.
-- What came of a message is a fact, and is taken even from a worker that has lost its lease;
-- the leave to begin another needs the lease, the mailing's state and the subscriptions.
-- A call that is made again changes nothing more.
-- KEYS: mailing, mailing:ID:leases, mailing:ID:sending, mailing:ID:sent, mailing:ID:outcomes,
--       mailing:ID:variants, mailing:ID:out, mailing:ID:turns, deliveries:counts, suppressions,
--       then subscribed:CADENCE:CATEGORY for each digest that the next message is of
-- ARGV: chunk, token,
--       delivery that ended (or -1), its state (sent, deferred, failed, uncertain, parked), its outcome (JSON),
--       the second when it did, its relay,
--       delivery to begin (or -1), its subscriber,
--       the editions in its message, where that differs from reader to reader (else empty),
--       the language that he wished for (or empty),
--       then each entry of the suppression list that would bar his address
-- Reply: go, skip (suppressed, or not subscribed any more), changed (not to all of these editions, or one of them
--        was taken out), lost (the lease), or the mailing's state that forbids it
local counted = {sent = true, failed = true, skipped = true, parked = true}

-- When the plain successes of a chunk were, to the second, and by which relays.
local function note_turn(at, relay)
  local turn = redis.call('HGET', KEYS[8], ARGV[1])
  -- Most are of the same second and relay as the one before.
  if turn and string.sub(turn, -#at - #relay - 2) == ' ' .. at .. ' ' .. relay then return end
  at = tonumber(at)
  local first, last, relays = at, at, ' ' .. relay
  if turn then
    first, last, relays = string.match(turn, '^(%d+) (%d+)(.*)$')
    first, last = tonumber(first), tonumber(last)
    local known = string.find(relays .. ' ', ' ' .. relay .. ' ', 1, true)
    if known and at >= first and at <= last then return end
    if not known then relays = relays .. ' ' .. relay end
    first, last = math.min(first, at), math.max(last, at)
  end
  redis.call('HSET', KEYS[8], ARGV[1], string.format('%d %d%s', first, last, relays))
end

-- What is known of a delivery from now on. That it was sent is never unlearnt.
local function settle(delivery, state, outcome, at, relay)
  if redis.call('GETBIT', KEYS[4], delivery) == 1 then return end
  local before = redis.call('HGET', KEYS[5], delivery)
  local known = before and string.match(before, '^{"state":"(%l+)"')
  -- A worker that lost its chunk may learn late that a message has to be tried again; but nobody
  -- comes to one any more that was ended meanwhile.
  if counted[known] and not counted[state] then return end
  if before ~= outcome then redis.call('HINCRBY', KEYS[9], state .. ':' .. relay, 1) end
  before = known
  if before ~= state then
    if counted[before] then redis.call('HINCRBY', KEYS[1], before, -1) end
    if counted[state] then redis.call('HINCRBY', KEYS[1], state, 1) end
  end
  if state == 'sent' then
    redis.call('SETBIT', KEYS[4], delivery, 1)
    if not before then note_turn(at, relay) end
  end
  -- Of plain successes nothing more is kept.
  if state ~= 'sent' or before then redis.call('HSET', KEYS[5], delivery, outcome) end
  -- Where nobody knows, it may be under way still: with these bytes.
  if state == 'uncertain' or state == 'parked' then return end
  if state ~= 'sent' then redis.call('SETBIT', KEYS[3], delivery, 0) end
  redis.call('HDEL', KEYS[6], delivery)
end

local ended, begun = ARGV[3], ARGV[8]
if ended ~= '-1' then settle(ended, ARGV[4], ARGV[5], ARGV[6], ARGV[7]) end
if begun == '-1' then return 'go' end
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'lost' end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planning' and state ~= 'sending' then return state end
local barred = false
if #ARGV > 11 then
  for _, why in ipairs(redis.call('HMGET', KEYS[10], unpack(ARGV, 12))) do barred = barred or why end
end
local whole = not barred and #KEYS > 10
for k = 11, #KEYS do
  whole = whole and redis.call('SISMEMBER', KEYS[k], ARGV[9]) == 1
end
for edition in string.gmatch(ARGV[10], '%d+') do
  whole = whole and redis.call('SISMEMBER', KEYS[7], edition) == 0
end
if whole then
  -- Once it is begun again, a crash makes it unknown anew: it has to wait, and to be named, again.
  local before = redis.call('HGET', KEYS[5], begun)
  if before and string.find(before, '{"state":"uncertain"', 1, true) then
    redis.call('HDEL', KEYS[5], begun)
  end
  redis.call('SETBIT', KEYS[3], begun, 1)
  if ARGV[10] ~= '' or ARGV[11] ~= '' then
    redis.call('HSET', KEYS[6], begun, ARGV[11] .. ' ' .. ARGV[10])
  end
  return 'go'
end
if not barred and ARGV[10] ~= '' then return 'changed' end
local why = barred and '{"state":"skipped","reply":"suppressed"}' or '{"state":"skipped"}'
settle(begun, 'skipped', why, '', '')
return 'skip'
