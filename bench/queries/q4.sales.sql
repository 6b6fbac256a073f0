-- Q4 as sales.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, c.region, upper(c.level) AS level,
    CASE
      WHEN c.owner_id = $1 THEN c.phone
      WHEN starts_with(c.phone, '+86') AND length(c.phone) >= 11
        THEN substr(c.phone, 4, 3) || '****' || right(c.phone, 4)
      WHEN NOT starts_with(c.phone, '+86') AND length(c.phone) >= 8
        THEN left(c.phone, 3) || '****' || right(c.phone, 4)
      WHEN c.phone IS NOT NULL THEN '****'
    END AS phone,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Contact_' || p.id AS id, p.name, p.title,
          CASE
            WHEN c.owner_id = $1 THEN p.mobile
            WHEN starts_with(p.mobile, '+86') AND length(p.mobile) >= 11
              THEN substr(p.mobile, 4, 3) || '****' || right(p.mobile, 4)
            WHEN NOT starts_with(p.mobile, '+86') AND length(p.mobile) >= 8
              THEN left(p.mobile, 3) || '****' || right(p.mobile, 4)
            WHEN p.mobile IS NOT NULL THEN '****'
          END AS mobile,
          CASE
            WHEN c.owner_id = $1 THEN p.email
            WHEN position('@' IN p.email) > 1
              THEN left(p.email, 1) || '***' || substr(p.email, position('@' IN p.email))
            WHEN p.email IS NOT NULL THEN '***'
          END AS email
        FROM crm_contact p
        WHERE p.customer_id = c.id AND p.deleted_at IS NULL
        ORDER BY p.created_at DESC, p.id DESC
        LIMIT 50
      ) r
    ) AS contacts
  FROM crm_customer c
  WHERE c.deleted_at IS NULL
    AND (
      c.owner_id = $1
      OR c.pool_status = 'in_pool'
      OR c.id IN (SELECT k.customer_id FROM crm_collaboration k WHERE k.user_id = $1)
    )
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT 500
) r
