import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { stageNames, type Pipeline } from '@/shared/api/types';
import { pipelinesQuery } from '../api';
import { byStage, currentStage, services } from './currentStage';
import classes from './ServiceStrip.module.css';

const shownTokens = 14;

/** The seven services in the order of the work, with a token for each pipeline where it is now. */
export function ServiceStrip() {
  const { t } = useTranslation('pipelines');
  const running = useInfiniteQuery(pipelinesQuery('running', 100));
  const queued = useInfiniteQuery(pipelinesQuery('queued', 100));
  const active = [...(running.data?.pages ?? []), ...(queued.data?.pages ?? [])].flatMap((page) => page.items);
  // A pipeline whose state has just changed may stand in both lists for a moment.
  const unique = Array.from(new Map(active.map((pipeline) => [pipeline.id, pipeline])).values());
  const groups = byStage(unique);
  const inFlight = unique.filter((pipeline) => currentStage(pipeline) !== null).length;
  return (
    <section className={classes.strip} aria-label={t('services.title')} data-testid="service-strip">
      <ol className={classes.stages}>
        {stageNames.map((name) => (
          <li
            key={name}
            className={classes.stage}
            data-busy={groups[name].length > 0}
            data-testid={`service-${services[name]}`}
          >
            <div className={classes.head}>
              <span className={classes.label}>{t(`stage.${name}`)}</span>
              <span className={classes.count}>
                <span aria-hidden>{groups[name].length}</span>
                <span className="visually-hidden">{t('services.count', { count: groups[name].length })}</span>
              </span>
            </div>
            <div className={classes.service}>{services[name]}</div>
            <Tokens pipelines={groups[name]} />
          </li>
        ))}
      </ol>
      <div className={classes.orchestrator} data-testid="service-orchestrator">
        <span className={classes.service}>orchestrator</span>
        <span>{inFlight === 0 ? t('services.idle') : t('services.inFlight', { count: inFlight })}</span>
      </div>
    </section>
  );
}

function Tokens({ pipelines }: { pipelines: Pipeline[] }) {
  return (
    <div className={classes.tokens}>
      {pipelines.slice(0, shownTokens).map((pipeline) => (
        <Link
          key={pipeline.id}
          to={`/pipelines/${pipeline.id}`}
          className={classes.token}
          data-state={currentStage(pipeline)?.state}
          aria-label={pipeline.name}
          title={pipeline.name}
        />
      ))}
      {pipelines.length > shownTokens && <span className="muted">+{pipelines.length - shownTokens}</span>}
    </div>
  );
}
