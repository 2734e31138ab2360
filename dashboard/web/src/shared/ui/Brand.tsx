/** The mark: an M whose peak is a data point. */
export function Brand({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" role="img" aria-label="MicroLearn">
      <rect width="32" height="32" rx="8" fill="#5446c9" />
      <path
        d="M8 22V12l8 7 8-7v10"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="9" r="2.2" fill="#fff" />
    </svg>
  );
}
