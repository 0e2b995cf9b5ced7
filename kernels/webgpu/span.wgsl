// Where the rows of a clip stand in the tensors of a batch; put before the kernels that go by clip.
struct Span {
  start: u32, // the first row
  count: u32, // how many rows, N
  pairs: u32, // the first of its N² distances
  unused: u32,
}

