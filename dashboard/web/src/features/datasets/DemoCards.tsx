import { UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { toast } from '@/shared/ui/toast';
import { demosQuery, useCreateDemo } from './api';
import classes from './DemoCards.module.css';

/** Data that comes with the program, one press from a first model. Nothing is shown where there is none. */
export function DemoCards() {
  const { t } = useTranslation('datasets');
  const speaker = useSpeaker();
  const format = useFormat();
  const navigate = useNavigate();
  const demos = useQuery(demosQuery);
  const create = useCreateDemo();
  if (demos.data === undefined || demos.data.length === 0) return null;
  const open = (name: string): void => {
    create.mutate(name, {
      onSuccess: (dataset) => void navigate(`/datasets/${dataset.id}`),
      onError: (error) => toast.failed(speaker.error(error)),
    });
  };
  return (
    <section aria-label={t('demo.title')}>
      <h2 className={classes.heading}>{t('demo.title')}</h2>
      <ul className={classes.grid}>
        {demos.data.map((demo) => (
          <li key={demo.name}>
            <UnstyledButton className={classes.card} disabled={create.isPending} onClick={() => open(demo.name)}>
              <span className={classes.title}>
                {speaker.message(demo.title)}
                <IconArrowRight size={16} stroke={1.8} aria-hidden className={classes.arrow} />
              </span>
              <span className={classes.text}>{speaker.message(demo.description)}</span>
              <span className={classes.facts}>
                {demo.task !== null && demo.task !== undefined && <span>{t(`demo.task.${demo.task}`)}</span>}
                {demo.rows !== null && demo.rows !== undefined && (
                  <span>{t('rows', { count: demo.rows, shown: format.integer(demo.rows) })}</span>
                )}
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
