/** Does something for each item at the same time; one that fails keeps back no other. @returns what failed. */
export async function ofEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<readonly Error[]> {
  const outcomes = await Promise.allSettled(items.map(work));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
}
