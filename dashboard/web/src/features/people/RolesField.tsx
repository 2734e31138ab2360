import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { roles, type Role } from '@/shared/api/types';

interface Props {
  value: Role[];
  onChange: (roles: Role[]) => void;
  /** Why they cannot be changed. */
  fixed?: string;
}

/** What somebody may do; one may teach and look after the site. */
export function RolesField({ value, onChange, fixed }: Props) {
  const { t } = useTranslation('people');
  return (
    <Checkbox.Group
      label={t('roles')}
      description={fixed}
      error={value.length === 0 ? t('noRole') : undefined}
      value={value}
      onChange={(next) => onChange(roles.filter((role) => next.includes(role)))}
    >
      <Stack gap={6} mt={4}>
        {roles.map((role) => (
          <Checkbox
            key={role}
            size="xs"
            value={role}
            disabled={fixed !== undefined}
            label={t(`role.${role}`)}
            description={t(`roleHint.${role}`)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
