import classes from './Axis.module.css';

type Scale = (value: number) => number;

interface Props {
  scale: Scale;
  ticks: number[];
  format: (value: number) => string;
  /** Where the axis lies on the other dimension, and how far its grid reaches. */
  at: number;
  reach: number;
}

export function BottomAxis({ scale, ticks, format, at, reach }: Props) {
  return (
    <g className={classes.axis} aria-hidden>
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(${scale(tick)},${at})`}>
          <line className={classes.grid} y2={-reach} />
          <text y={16} textAnchor="middle">
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export function LeftAxis({ scale, ticks, format, at, reach }: Props) {
  return (
    <g className={classes.axis} aria-hidden>
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(${at},${scale(tick)})`}>
          <line className={classes.grid} x2={reach} />
          <text x={-8} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}
