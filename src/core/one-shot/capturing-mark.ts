/** Shows others whether tcpdump captures at the moment. */
export interface CapturingMark {
  /** tcpdump is capturing. */
  set(): void;
  /** It is not, or not any more. */
  clear(): void;
}
