/** Shows others whether tcpdump captures at the moment. */
export interface CapturingMark {
  set(): void;
  clear(): void;
}
