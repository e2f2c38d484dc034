// Where the heads' logits, inputs and output weights are, known when a pipeline is compiled; all in vec4s.
struct Head {
  first: u32,   // its columns of the logits, from `first` up to `past`
  past: u32,
  input: u32,   // its columns of the input, `inputs` from `input` on
  inputs: u32,
  weight: u32,  // its weights [4 * (past - first), inputs]
  factor: f32,  // of the gradient that its input gets: negative where it is reversed (Ganin and Lempitsky 2015)
}
fn place(head: u32) -> Head {
  switch head {
    ${PLACES}
    default: { return Head(); }
  }
}
