// Words through which workgroups that run at once exchange numbers. Between workgroups, WGSL orders only the accesses to a
// single atomic word. So each word holds a number without its last bit, and in that bit a phase: 1 for the first use of
// the word, 0 for the next, and so on. Words are zero at the start. A reader knows that a number has arrived when its
// word has the phase of the use that it waits for.
//   A word is reused every SLOTS-th step. Two slots are enough: a workgroup that writes step s + 2 has read all
//   of step s + 1, whose writers had read all of step s.
// A wait of more than `patience` reads ends in NaN, which is sent to the others, so that the update is skipped
// (clip_scale).
const SLOTS = ${SLOTS}u;
const NAN = 0x7fc00000u;
var<workgroup> gave_up: atomic<u32>;  // a wait timed out: no further word is waited for

// Phase of use `n` (0, 1, …) of a word.
fn phase_of(n: u32) -> u32 { return 1u - (n & 1u); }

fn send(at: u32, x: f32, phase: u32) {
  let bits = select(bitcast<u32>(x), NAN, atomicLoad(&gave_up) != 0u);
  atomicStore(&exchange[at], (bits & 0xfffffffeu) | phase);
}

// Four words as they are now. Loads of several calls are in flight at once.
fn peek(at: vec4<u32>, wanted: vec4<bool>) -> vec4<u32> {
  var words = vec4<u32>();
#repeat i in 0..4
  if (wanted[$(i)]) { words[$(i)] = atomicLoad(&exchange[at[$(i)]]); }
#end
  return words;
}

// Loads are cheap, but a compiler may hoist one out of the loop (lavapipe does): so now and then a
// read-modify-write, which cannot be hoisted.
fn peek_again(at: u32, reads: u32) -> u32 {
  if (reads % 8u == 7u) { return atomicOr(&exchange[at], 0u); }
  return atomicLoad(&exchange[at]);
}

// The numbers of four words, once they have their phases. `words` is what peek found; only those still missing are
// read again. Zero where not wanted, NaN where a number never arrived.
fn receive(words: vec4<u32>, at: vec4<u32>, phase: vec4<u32>, wanted: vec4<bool>) -> vec4<f32> {
  var found = words;
  var missing = wanted & ((found & vec4(1u)) != phase);
  for (var reads = 0u; reads < u.patience && any(missing) && atomicLoad(&gave_up) == 0u; reads++) {
#repeat i in 0..4
    if (missing[$(i)]) { found[$(i)] = peek_again(at[$(i)], reads); }
#end
    missing = wanted & ((found & vec4(1u)) != phase);
  }
  found = select(found & vec4(0xfffffffeu), vec4(NAN), missing);
  // by its bits, as in clip_scale: clamp and max may lose a NaN
  if (any(wanted & ((found & vec4(0x7fffffffu)) > vec4(0x7f800000u)))) { atomicOr(&gave_up, 1u); }
  return select(vec4(0.0), bitcast<vec4<f32>>(found), wanted);
}

// Whether the workgroups of this tile and direction run at once: each adds 1 to the word `at` and waits for the
// others. The word `at` + 1 counts those that timed out.
fn announce(at: u32) {
  var there = atomicAdd(&exchange[at], 1u) + 1u;
  for (var reads = 0u; reads < u.patience && there < u.slices; reads++) {
    there = atomicOr(&exchange[at], 0u);
  }
  if (there < u.slices) { atomicAdd(&exchange[at + 1u], 1u); }
}
