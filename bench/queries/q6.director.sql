-- Q6 as director: everything is in scope and clear.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, upper(c.level) AS level,
    (SELECT json_build_object('name', u.name) FROM identity_user u WHERE u.id = c.owner_id) AS owner
  FROM public.crm_customer c
  WHERE $1::uuid IS NOT NULL AND c.deleted_at IS NULL AND c.level = ANY('{a,b}') AND (
    EXISTS (
      SELECT FROM public.crm_contact p
      WHERE p.customer_id = c.id AND p.deleted_at IS NULL AND p.decision_role = 'decision_maker'
    )
    OR EXISTS (SELECT FROM identity_user u WHERE u.id = c.owner_id AND u.name LIKE '陈%')
  )
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT 50
) r
