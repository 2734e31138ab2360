import { Button, Checkbox, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { tokenScopes, type TokenScope } from '@/shared/api/types';
import { CodeBlock } from '@/shared/ui/CodeBlock';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { useCreateToken } from './tokens';

const lifetimes = ['7', '30', '90', '365'];
const usual: TokenScope[] = ['read', 'write', 'predict'];

interface Props {
  admin: boolean;
  deployments: string[];
}

/** What a token is made from, and the token itself: once. */
export function NewToken({ admin, deployments }: Props) {
  const { t } = useTranslation('account');
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [reach, setReach] = useState<'account' | 'deployment'>('account');
  const [scopes, setScopes] = useState(usual);
  const [deployment, setDeployment] = useState<string | null>(null);
  const create = useCreateToken();
  const choices = tokenScopes.filter((scope) => admin || scope !== 'admin');
  const ready = reach === 'account' ? scopes.length > 0 : deployment !== null;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const use = reach === 'deployment' && deployment !== null ? { deployment } : { scopes };
    create.mutate(
      { name: name.trim(), expires_in_days: Number(days), ...use },
      {
        onSuccess: () => {
          setName('');
          setScopes(usual);
        },
      },
    );
  };
  if (create.data !== undefined) {
    const { token } = create.data;
    return (
      <Stack gap="xs">
        <Notice tone="warn">{t(token === null ? 'tokens.lost' : 'tokens.once')}</Notice>
        {token !== null && <CodeBlock code={token} label={t('tokens.secret')} />}
        <div>
          <Button variant="default" onClick={create.reset}>
            {t('tokens.seen')}
          </Button>
        </div>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('tokens.name')}
            description={t('tokens.nameHint')}
            required
            withAsterisk={false}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('tokens.days')}
            w={120}
            allowDeselect={false}
            value={days}
            data={lifetimes.map((value) => ({ value, label: t('tokens.day', { count: Number(value) }) }))}
            onChange={(value) => setDays(value ?? '90')}
          />
        </Group>
        {deployments.length > 0 && (
          <div>
            <SegmentedControl
              size="xs"
              aria-label={t('tokens.for')}
              value={reach}
              onChange={(value) => setReach(value)}
              data={[
                { value: 'account', label: t('tokens.reach.account') },
                { value: 'deployment', label: t('tokens.reach.deployment') },
              ]}
            />
          </div>
        )}
        {reach === 'deployment' ? (
          <Select
            label={t('tokens.deployment')}
            description={t('tokens.deploymentHint')}
            maw={360}
            searchable
            nothingFoundMessage={t('tokens.noDeployment')}
            value={deployment}
            data={deployments}
            onChange={setDeployment}
          />
        ) : (
          <Checkbox.Group
            label={t('tokens.scopes')}
            value={scopes}
            error={scopes.length === 0 ? t('tokens.noScope') : undefined}
            onChange={(values) => setScopes(choices.filter((scope) => values.includes(scope)))}
          >
            <Stack gap={6} mt={4}>
              {choices.map((scope) => (
                <Checkbox
                  key={scope}
                  size="xs"
                  value={scope}
                  label={t(`scope.${scope}`)}
                  description={t(`scopeHint.${scope}`)}
                />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        {create.isError && <ErrorNotice error={create.error} />}
        <div>
          <Button type="submit" loading={create.isPending} disabled={!ready}>
            {t('tokens.create')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
