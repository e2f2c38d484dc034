// Shared by recurrence_cooperative_forward and _backward: a workgroup has SLICE units of ROWS utterances of one
// direction. Lane l finishes the (unit, row) pairs l, l + LANES, … in every step.
// Where the slice's weights are kept over time: WEIGHTS 0 in workgroup memory, 1 in registers, 2 nowhere (they are read
// in every step, and should hit a cache).
//   exchange [SLOTS,rows,directions,HANDED,units] numbers for the next step;
//            [rows,directions,KINDS,K,slices] partial scores; [tiles,directions,2] words of probes
const SLICE = ${SLICE}u;
const PAIRS = SLICE * ROWS;

struct Pair {
  own: u32,   // its unit's number in the slice
  unit: u32,
  r: u32,
}

fn pair_at(i: u32, slice: u32) -> Pair {
  return Pair(i % SLICE, slice * SLICE + i % SLICE, i / SLICE);
}

// Whether it has a step s.
fn lives(pair: Pair, s: u32) -> bool {
  return pair.unit < u.units && s < row_length[pair.r];
}

// Index of a unit of the step s of row r in gates and outputs.
fn index_of(r: u32, s: u32, unit: u32, direction: u32) -> u32 {
  return (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
}

// Word of unit 0 of row r for its step number `n`, counted from the first that it sends.
fn handed_at(r: u32, n: u32, part: u32, direction: u32) -> u32 {
  return ((((n % SLOTS) * u.rows + row_number(r)) * u.directions + direction) * HANDED + part) * u.units;
}

fn words_handed() -> u32 { return SLOTS * u.rows * u.directions * HANDED * u.units; }

#if ${ATTEND}
fn words_of_scores() -> u32 { return u.rows * u.directions * KINDS * OFFSET_COUNT * u.slices; }
#else
fn words_of_scores() -> u32 { return 0u; }
#endif

// Probes whether the workgroups of this tile run at once. To be called by all lanes.
fn probe(tile: u32, direction: u32, lane: u32) {
  if (lane == 0u) { announce(words_handed() + words_of_scores() + 2u * (tile * u.directions + direction)); }
}

#if ${ATTEND}
var<workgroup> scored: array<f32, OFFSET_COUNT * ROWS * SLICE>;  // a pair's shares of the scores

// How many of the steps up to s combine: the phase of the scores alternates from one to the next.
fn combinations(s: u32) -> u32 {
  return (s + 1u) / u.period - (NEAREST - 1u) / u.period;
}

// Word of the first slice's partial score k of the states `plane`.
fn score_at(r: u32, plane: u32, k: u32, direction: u32) -> u32 {
  let index = ((row_number(r) * u.directions + direction) * KINDS + plane) * OFFSET_COUNT + k;
  return words_handed() + index * u.slices;
}

// Sends this slice's partial dot products of the states `plane` that step s combines; the including kernel defines
// factor(pair, direction), by which a pair's state is multiplied, and uses(r, s), how often row r had scores before.
fn send_scores(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    for (var k = 0u; k < OFFSET_COUNT; k++) {
      var x = 0.0;
      if (lives(pair, s) && s + 1u >= OFFSETS[k]) {
        let past = past_at(frame_of(pair.r, s, direction), k, plane, direction) + pair.unit;
        x = factor(pair, direction) * f32(states[past]);
      }
      scored[(k * ROWS + pair.r) * SLICE + pair.own] = x;
    }
  }
  workgroupBarrier();
  for (var i = lane; i < ROWS * OFFSET_COUNT; i += LANES) {
    let r = i % ROWS;
    let k = i / ROWS;
    if (s >= row_length[r]) { continue; }
    var sum = 0.0;
    for (var own = 0u; own < SLICE; own++) { sum += scored[i * SLICE + own]; }
    send(score_at(r, plane, k, direction) + slice, sum, phase_of(uses(r, s)));
  }
  workgroupBarrier();  // before any lane waits for what another of this workgroup sends
}

// Adds up all slices' partial scores of the states `plane` of step s: left in mix.
fn gather_scores(s: u32, plane: u32, direction: u32, lane: u32) {
  for (var i = lane; i < ROWS * OFFSET_COUNT; i += LANES) {
    let r = i % ROWS;
    let k = i / ROWS;
    if (s >= row_length[r]) { continue; }
    let phase = vec4(phase_of(uses(r, s)));
    let first = score_at(r, plane, k, direction);
    var sum = 0.0;
    for (var other = 0u; other < u.slices; other += 8u) {
#repeat j in 0..2
      let number$(j) = vec4(other + 4u * $(j)u) + vec4(0u, 1u, 2u, 3u);
      let wanted$(j) = number$(j) < vec4(u.slices);
      let words$(j) = peek(first + number$(j), wanted$(j));
#end
#repeat j in 0..2
      sum += dot(receive(words$(j), first + number$(j), phase, wanted$(j)), vec4(1.0));
#end
    }
    mix[r * OFFSET_COUNT + k] = sum;
  }
  workgroupBarrier();
}
#endif
