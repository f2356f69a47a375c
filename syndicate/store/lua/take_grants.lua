-- Give the next few messages leave to go out, each through the first relay of its own order that has room; or say
-- when there will be some. What is given is counted, in every span that it is in.
-- A span of so many milliseconds is kept as slots of a fiftieth: [slot, messages, slot, messages, …], oldest first. A slot
-- counts until all of it is past the span: in no span of that length are there ever more than its limit.
-- KEYS: relay:NAME, relay:NAME:connections of each relay; then relay:NAME:used:DOMAIN, relay:NAME:busy:DOMAIN
--       of each scope, which is all of a relay's mail or that to some domains
-- ARGV: JSON of all that is to be known, in milliseconds: now, skew (clocks of workers differ by less), lease, probe;
--       relays: [state, connections (places in KEYS), most (connections, or 0), mine (whether the worker has one open),
--       rank (priority), rest (end of its quiet hours, or 0), ramp (messages by day)];
--       scopes: [used, busy (places in KEYS), limits ([milliseconds, messages]), most (under way, or 0)];
--       messages: [place (its name, should it take one), ways ([relay, scope, …], in the order of choice)]
-- Reply: JSON, of each message [relay, whether it took its place, whether it is to find out if the relay is well again
--        (0 or 1)], or [0, until, why, relay, what is said about
--        its being down, whether something may go to another domain (0 or 1)]
local plan = cjson.decode(ARGV[1])
local now, SLOTS, DAY = plan.now, 50, 86400000

-- A span as it is now: its slots, how many messages are in them, and whether that is to be kept.
local function aged(span, milliseconds)
  local grain, sum = milliseconds / SLOTS, 0
  while span[1] and (span[1] + 1) * grain + milliseconds <= now do
    table.remove(span, 1)
    table.remove(span, 1)
  end
  for at = 2, #span, 2 do sum = sum + span[at] end
  local ahead = sum > 0 and span[#span - 1] * grain - now > plan.skew
  -- The clock was put back: what was sent is taken to be sent just now.
  if ahead then span = { math.floor(now / grain), sum } end
  return { span = span, sum = sum, changed = ahead }
end

local function spans(scope)
  if scope.spans then return scope.spans end
  scope.spans = {}
  local key = KEYS[scope.used]
  for n, limit in ipairs(scope.limits) do
    local kept = redis.call('HGET', key, limit[1])
    scope.spans[n] = aged(kept and cjson.decode(kept) or {}, limit[1])
  end
  return scope.spans
end

-- When enough of a span is past for one message more; 0: there is room.
local function room(limit, kept)
  local sum, at = kept.sum, 1
  local free = 0
  while sum >= limit[2] do
    sum = sum - kept.span[at + 1]
    free = (kept.span[at] + 1) * limit[1] / SLOTS + limit[1]
    at = at + 2
  end
  return free
end

-- Until when a scope has no room, and why; 0: it has.
local function crowded(scope)
  local until_, why = 0, ''
  for n, kept in ipairs(spans(scope)) do
    local free = room(scope.limits[n], kept)
    if free > until_ then until_, why = free, tostring(scope.limits[n][1]) end
  end
  if scope.most > 0 and until_ == 0 then
    local key = KEYS[scope.busy]
    scope.taken = scope.taken or redis.call('ZCOUNT', key, '(' .. now, now + plan.lease + plan.skew)
    if scope.taken >= scope.most then return now + plan.skew, 'busy' end
  end
  return until_, why
end

-- What a relay is in: down (nothing may go through it), and otherwise until when it has no room at all, and why.
local function look(relay)
  if relay.seen then return end
  relay.seen, relay.wait, relay.why = true, 0, ''
  local key = KEYS[relay.state]
  local found = redis.call('HMGET', key, 'state', 'since', 'until', 'probe', 'first', 'why')
  relay.first, relay.said = tonumber(found[5]), found[6] or ''
  if found[1] then
    local since, back, probe = tonumber(found[2]), tonumber(found[3]), tonumber(found[4] or 0)
    local sane = since <= now + plan.skew
    if found[1] == 'paused' then
      relay.down, relay.wait, relay.why = true, now + plan.probe, 'paused'
    elseif sane and back > now then
      relay.down, relay.wait, relay.why = true, back, found[1]
    elseif probe > now and probe <= now + plan.probe + plan.skew then
      relay.down, relay.wait, relay.why = true, probe, 'probe'
    else
      relay.half_open = true
    end
  end
  if relay.down then return end
  if relay.rest > now then relay.wait, relay.why = relay.rest, 'quiet' return end
  if relay.most > 0 and not relay.mine then
    local open = KEYS[relay.connections]
    if redis.call('ZCOUNT', open, '(' .. now, now + plan.lease + plan.skew) >= relay.most then
      relay.wait, relay.why = now + plan.skew, 'connections'
    end
  end
  if #relay.ramp > 0 then
    relay.day = relay.first and math.max(0, math.floor((now - relay.first) / DAY)) or 0
    relay.today = tonumber(redis.call('HGET', key, 'day:' .. relay.day) or 0)
  end
end

-- Until when a relay's warm-up has no room; 0: it has.
local function cold(relay)
  local most = relay.day and relay.ramp[relay.day + 1]
  if not most or relay.today < most then return 0 end
  return (relay.first or now) + (relay.day + 1) * DAY
end

-- Until when a message can't go this way, why, and whether that is about its domain alone.
local function barred(way)
  local relay = plan.relays[way[1]]
  look(relay)
  if relay.wait > 0 then return relay.wait, relay.why, false end
  local until_ = cold(relay)
  if until_ > 0 then return until_, 'warmup', false end
  for n = 2, #way do
    local why
    until_, why = crowded(plan.scopes[way[n]])
    if until_ > 0 then return until_, why, n > 2 end
  end
  return 0, '', false
end

local function count(relay)
  local key = KEYS[relay.state]
  if not relay.first then
    relay.first = now
    redis.call('HSET', key, 'first', now)
  end
  if relay.day then
    relay.today = redis.call('HINCRBY', key, 'day:' .. relay.day, 1)
  end
  if relay.half_open then
    -- One message finds out; what becomes of it is told before the next may follow.
    redis.call('HSET', key, 'probe', now + plan.probe)
    relay.half_open, relay.down, relay.wait, relay.why = false, true, now + plan.probe, 'probe'
  end
end

-- Count a message in a scope; how many places it took there: one or none.
local function spend(scope, place)
  for n, kept in ipairs(spans(scope)) do
    local span, slot = kept.span, math.floor(now * SLOTS / scope.limits[n][1])
    if #span > 0 and span[#span - 1] >= slot then
      span[#span] = span[#span] + 1
    else
      span[#span + 1], span[#span + 2] = slot, 1
    end
    kept.sum, kept.changed = kept.sum + 1, true
  end
  if scope.most == 0 then return 0 end
  local key = KEYS[scope.busy]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  redis.call('ZADD', key, now + plan.lease, place)
  redis.call('PEXPIRE', key, DAY)
  scope.taken = scope.taken + 1
  return 1
end

local function choose(message)
  local best = { 0, math.huge, '', 0, '', 0 }
  local alone, rank = 0, nil
  for _, way in ipairs(message.ways) do
    local relay = plan.relays[way[1]]
    if rank and relay.rank > rank then break end
    local until_, why, domain = barred(way)
    if until_ == 0 then
      local took, probes = 0, relay.half_open and 1 or 0
      for n = 2, #way do took = took + spend(plan.scopes[way[n]], message.place) end
      count(relay)
      return { way[1], took, probes }
    end
    -- Those of a later rank have their turn only if all before them are down.
    if not relay.down then rank = relay.rank end
    if domain then alone = 1 end
    if until_ < best[2] then best = { 0, until_, why, way[1], relay.said, 0 } end
  end
  best[6] = alone
  return best
end

local answers = {}
for n, message in ipairs(plan.messages) do answers[n] = choose(message) end
for _, scope in ipairs(plan.scopes) do
  local longest, key = 0, KEYS[scope.used]
  for n, kept in ipairs(scope.spans or {}) do
    if kept.changed then
      redis.call('HSET', key, scope.limits[n][1], cjson.encode(kept.span))
      longest = math.max(longest, scope.limits[n][1])
    end
  end
  if longest > 0 then redis.call('PEXPIRE', key, longest + DAY) end
end
return cjson.encode(answers)
