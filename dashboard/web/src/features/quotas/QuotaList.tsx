import { IconAlertTriangle, IconBan } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { QuotaAndUsage } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { ProgressBar } from '@/shared/ui/ProgressBar';
import { hasLimit, levelOf, readingsOf, shareOf, type Level, type Measure, type Reading } from './measures';
import classes from './Quota.module.css';

const tones: Record<Level, Tone> = { fine: 'run', near: 'warn', full: 'bad' };

interface Props {
  quota: QuotaAndUsage;
  /** Leaves out what has no limit. */
  limitedOnly?: boolean;
}

/** What is used of how much, one line for each number. */
export function QuotaList({ quota, limitedOnly = false }: Props) {
  const readings = readingsOf(quota);
  return (
    <ul className={classes.list}>
      {(limitedOnly ? readings.filter(hasLimit) : readings).map((reading) => (
        <Line key={reading.measure} reading={reading} />
      ))}
    </ul>
  );
}

function Line({ reading }: { reading: Reading }) {
  const { t } = useTranslation('quotas');
  const amount = useAmount();
  const { measure, used, limit } = reading;
  const share = shareOf(reading);
  const level = share === null ? 'fine' : levelOf(share);
  const name = t(`measure.${measure}`);
  const said = used === null ? '' : amount(measure, used);
  return (
    <li>
      <div className={classes.line}>
        <span className={classes.name}>{name}</span>
        {level !== 'fine' && <LevelChip level={level} />}
        <span className={classes.amount}>
          {limit === null
            ? t(`open.${measure}`, { used: said })
            : t(`of.${measure}`, { used: said, limit: amount(measure, limit) })}
        </span>
      </div>
      {share !== null && <ProgressBar value={share} tone={tones[level]} label={name} />}
    </li>
  );
}

function LevelChip({ level }: { level: Exclude<Level, 'fine'> }) {
  const { t } = useTranslation('quotas');
  const Icon = level === 'full' ? IconBan : IconAlertTriangle;
  return (
    <Chip tone={tones[level]} icon={<Icon size={13} aria-hidden />}>
      {t(`level.${level}`)}
    </Chip>
  );
}

/** So much of it, as people say it. */
function useAmount(): (measure: Measure, value: number) => string {
  const format = useFormat();
  return (measure, value) => {
    if (measure === 'work_seconds') return format.duration(value);
    return measure === 'storage_bytes' ? format.bytes(value) : format.integer(value);
  };
}
