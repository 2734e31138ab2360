import { useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { withQuery } from '@/shared/api/http';
import { useSpeaker } from '@/shared/i18n/messages';
import { Panel } from '@/shared/ui/Panel';
import { plotsQuery } from './api';
import classes from './Plots.module.css';

interface Props {
  pipelineId: string;
  /** What the page shows already, by the plots' names. */
  without: readonly string[];
}

/**
 * The server's own drawings, on their own ground. They are dark where their reader prefers that, which browsers
 * tell a picture by its `color-scheme`: here the page's own, which may differ from the system's.
 */
export function Plots({ pipelineId, without }: Props) {
  const { t, i18n } = useTranslation('models');
  const speaker = useSpeaker();
  const scheme = useComputedColorScheme('light');
  const plots = useQuery(plotsQuery(pipelineId, true));
  const shown = plots.data?.filter(({ name }) => !without.includes(name)) ?? [];
  if (shown.length === 0) return null;
  return (
    <Panel title={t('plots.title')}>
      <ul className={classes.grid}>
        {shown.map((plot) => {
          const url = withQuery(plot.url, { lang: i18n.language });
          return (
            <li key={plot.name}>
              <figure className={classes.figure}>
                <a href={url} target="_blank" rel="noreferrer">
                  <img
                    src={url}
                    alt={speaker.message(plot.title)}
                    loading="lazy"
                    className={classes.image}
                    style={{ colorScheme: scheme }}
                  />
                </a>
                <figcaption>{speaker.message(plot.title)}</figcaption>
              </figure>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
