-- Look up how far a subscriber's delivery of a mailing came. Nothing says which chunk he is in, so
-- all are searched: 500 ids in a chunk are compared in a microsecond or two.
-- KEYS: mailing, mailing:ID:chunks, mailing:ID:sending, mailing:ID:sent, mailing:ID:outcomes,
--       mailing:ID:turns, mailing:ID:leases, mailing:ID:due, mailing:ID:begins
-- ARGV: subscriber, bits that a chunk has in the bitmaps
-- Reply: sent (the relay took it), begun (it may have), empty (neither), or forgotten (the mailing ended
--        so long ago that its chunks are kept no more); and, if he is known to be in it, each or empty: its
--        outcome (JSON), the turns of its chunk, until when the worker of its chunk counts as alive or,
--        if it is in nobody's hands, nothing, then when it is due, and the zone by whose clocks
local wanted = struct.pack('<I4', ARGV[1])
local many = tonumber(redis.call('HGET', KEYS[1], 'chunks') or 0)
if many > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return {'forgotten'} end
for chunk = 0, many - 1 do
  local packed = redis.call('HGET', KEYS[2], chunk) or ''
  local at = string.find(packed, wanted, 1, true)
  -- What begins elsewhere than an id does is the end of one and the beginning of the next.
  while at and (at - 1) % 4 ~= 0 do at = string.find(packed, wanted, at + 1, true) end
  if at then
    local delivery = chunk * ARGV[2] + (at - 1) / 4
    local reach = redis.call('GETBIT', KEYS[3], delivery) == 1 and 'begun' or ''
    if redis.call('GETBIT', KEYS[4], delivery) == 1 then reach = 'sent' end
    local due = redis.call('ZSCORE', KEYS[8], chunk) or ''
    local leased = redis.call('HEXISTS', KEYS[7], chunk) == 1
    return {
      reach, redis.call('HGET', KEYS[5], delivery) or '', redis.call('HGET', KEYS[6], chunk) or '',
      leased and due or '', leased and '' or due,
      string.match(redis.call('HGET', KEYS[9], chunk) or '', ' (.*)') or '',
    }
  end
end
return {''}
