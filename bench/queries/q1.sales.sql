-- Q1 as sales: own customers, those they help with, and the pool; contact details clear on their own.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, c.region, upper(c.level) AS level, upper(c.status) AS status,
    CASE
      WHEN c.owner_id = $1 THEN c.phone
      WHEN starts_with(c.phone, '+86') AND length(c.phone) >= 11
        THEN substr(c.phone, 4, 3) || '****' || right(c.phone, 4)
      WHEN NOT starts_with(c.phone, '+86') AND length(c.phone) >= 8
        THEN left(c.phone, 3) || '****' || right(c.phone, 4)
      WHEN c.phone IS NOT NULL THEN '****'
    END AS phone,
    CASE
      WHEN c.owner_id = $1 THEN c.email
      WHEN position('@' IN c.email) > 1 THEN left(c.email, 1) || '***' || substr(c.email, position('@' IN c.email))
      WHEN c.email IS NOT NULL THEN '***'
    END AS email,
    c.created_at AS "createdAt"
  FROM crm_customer c
  WHERE c.deleted_at IS NULL
    AND (
      c.owner_id = $1
      OR c.pool_status = 'in_pool'
      OR c.id IN (SELECT k.customer_id FROM crm_collaboration k WHERE k.user_id = $1)
    )
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT 50
) r
