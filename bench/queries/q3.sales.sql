-- Q3 as sales: one customer by key. What hangs on it has its own row scope; the pool shows customers and contacts only.
SELECT json_build_object('customer', (SELECT row_to_json(r) FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, upper(c.kind) AS kind, c.industry, c.region,
    CASE WHEN c.mine OR c.address = '' THEN c.address ELSE left(c.address, 1) || '***' END AS address,
    upper(c.level) AS level, upper(c.source) AS source, upper(c.status) AS status,
    upper(c.pool_status) AS "poolStatus", c.credit_code AS "creditCode",
    CASE
      WHEN c.mine THEN c.phone
      WHEN starts_with(c.phone, '+86') AND length(c.phone) >= 11
        THEN substr(c.phone, 4, 3) || '****' || right(c.phone, 4)
      WHEN NOT starts_with(c.phone, '+86') AND length(c.phone) >= 8
        THEN left(c.phone, 3) || '****' || right(c.phone, 4)
      WHEN c.phone IS NOT NULL THEN '****'
    END AS phone,
    CASE
      WHEN c.mine THEN c.email
      WHEN position('@' IN c.email) > 1 THEN left(c.email, 1) || '***' || substr(c.email, position('@' IN c.email))
      WHEN c.email IS NOT NULL THEN '***'
    END AS email,
    CASE WHEN c.credit_limit IS NOT NULL AND (c.mine) THEN json_build_object(
            'amount', c.credit_limit::text,
      'currency', c.currency
    ) END AS "creditLimit",
    CASE WHEN c.annual_revenue IS NOT NULL AND (c.mine) THEN json_build_object(
            'amount', c.annual_revenue::text,
      'currency', c.currency
    ) END AS "annualRevenue",
    c.last_followed_up_at AS "lastFollowedUpAt", c.next_follow_up_at AS "nextFollowUpAt",
    c.created_at AS "createdAt", c.updated_at AS "updatedAt", c.version,
    (
      SELECT json_build_object('id', 'User_' || u.id, 'name', u.name, 'title', u.title)
      FROM identity_user u WHERE u.id = c.owner_id
    ) AS owner,
    (
      SELECT json_build_object('id', 'Team_' || m.id, 'name', m.name) FROM identity_team m WHERE m.id = c.team_id
    ) AS team,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT 'Tag_' || g.id AS id, g.name, g.color
        FROM crm_tagging x JOIN crm_tag g ON g.id = x.tag_id
        WHERE x.customer_id = c.id
        ORDER BY g.name, g.id
        LIMIT 50
      ) r
    ) AS tags,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Contact_' || p.id AS id, p.name, p.title, p.department, upper(p.decision_role) AS "decisionRole",
          CASE
            WHEN c.mine THEN p.phone
            WHEN starts_with(p.phone, '+86') AND length(p.phone) >= 11
              THEN substr(p.phone, 4, 3) || '****' || right(p.phone, 4)
            WHEN NOT starts_with(p.phone, '+86') AND length(p.phone) >= 8
              THEN left(p.phone, 3) || '****' || right(p.phone, 4)
            WHEN p.phone IS NOT NULL THEN '****'
          END AS phone,
          CASE
            WHEN c.mine THEN p.mobile
            WHEN starts_with(p.mobile, '+86') AND length(p.mobile) >= 11
              THEN substr(p.mobile, 4, 3) || '****' || right(p.mobile, 4)
            WHEN NOT starts_with(p.mobile, '+86') AND length(p.mobile) >= 8
              THEN left(p.mobile, 3) || '****' || right(p.mobile, 4)
            WHEN p.mobile IS NOT NULL THEN '****'
          END AS mobile,
          CASE
            WHEN c.mine THEN p.email
            WHEN position('@' IN p.email) > 1
              THEN left(p.email, 1) || '***' || substr(p.email, position('@' IN p.email))
            WHEN p.email IS NOT NULL THEN '***'
          END AS email,
          CASE WHEN c.mine OR p.wechat_id = '' THEN p.wechat_id ELSE left(p.wechat_id, 1) || '***' END AS "wechatId",
          p.is_primary AS "isPrimary"
        FROM crm_contact p
        WHERE p.customer_id = c.id AND p.deleted_at IS NULL
        ORDER BY p.created_at DESC, p.id DESC
        LIMIT 50
      ) r
    ) AS contacts,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Opportunity_' || o.id AS id, o.name, upper(o.stage) AS stage,
          CASE WHEN o.amount IS NOT NULL AND (c.mine OR o.owner_id = $1) THEN json_build_object(
            'amount', o.amount::text,
            'currency', o.currency
          ) END AS amount,
          o.probability, o.expected_close_on AS "expectedCloseOn", o.created_at AS "createdAt",
          (
            SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
            FROM (
              SELECT
                'Contract_' || t.id AS id, t.number, upper(t.state) AS state,
                json_build_object(
                  'amount',
                  CASE
                    WHEN tc.owner_id = $1 OR t.owner_id = $1 THEN t.amount
                  END::text,
                  'currency', t.currency
                ) AS amount,
                t.signed_on AS "signedOn", t.starts_on AS "startsOn", t.ends_on AS "endsOn",
                (
                  SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
                  FROM (
                    SELECT
                      'Payment_' || y.id AS id, upper(y.kind) AS kind, y.position, upper(y.status) AS status,
                      json_build_object(
                        'amount',
                        CASE
                          WHEN yc.owner_id = $1 THEN y.amount
                        END::text,
                        'currency', y.currency
                      ) AS amount,
                      y.due_on AS "dueOn", y.received_on AS "receivedOn", upper(y.method) AS method,
                      CASE
                        WHEN yc.owner_id = $1 THEN y.bank_account
                        WHEN length(y.bank_account) >= 8 THEN '****' || right(y.bank_account, 4)
                        WHEN y.bank_account IS NOT NULL THEN '****'
                      END AS "bankAccount"
                    FROM crm_payment y JOIN crm_customer yc ON yc.id = y.customer_id
                    WHERE y.contract_id = t.id AND y.deleted_at IS NULL
                      AND (
                        yc.owner_id = $1
                        OR EXISTS (
                          SELECT FROM crm_collaboration k WHERE k.user_id = $1 AND k.customer_id = y.customer_id
                        )
                      )
                    ORDER BY y.created_at DESC, y.id DESC
                    LIMIT 50
                  ) r
                ) AS payments
              FROM crm_contract t JOIN crm_customer tc ON tc.id = t.customer_id
              WHERE t.opportunity_id = o.id AND t.deleted_at IS NULL
                AND (
                  tc.owner_id = $1
                  OR t.owner_id = $1
                  OR EXISTS (
                    SELECT FROM crm_collaboration k WHERE k.user_id = $1 AND k.customer_id = t.customer_id
                  )
                )
              ORDER BY t.created_at DESC, t.id DESC
              LIMIT 50
            ) r
          ) AS contracts
        FROM crm_opportunity o
        WHERE o.customer_id = c.id AND o.deleted_at IS NULL AND (c.mine OR c.helped OR o.owner_id = $1)
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT 50
      ) r
    ) AS opportunities,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Task_' || w.id AS id, w.subject, upper(w.kind) AS kind, upper(w.priority) AS priority,
          upper(w.status) AS status, w.due_at AS "dueAt"
        FROM crm_task w
        WHERE w.customer_id = c.id AND w.deleted_at IS NULL
          AND (c.mine OR c.helped OR w.assignee_id = $1 OR w.creator_id = $1)
        ORDER BY w.created_at DESC, w.id DESC
        LIMIT 50
      ) r
    ) AS tasks,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'FollowUp_' || f.id AS id, upper(f.kind) AS kind, f.content, f.happened_at AS "happenedAt",
          f.next_step AS "nextStep",
          (
            SELECT json_build_object('id', 'User_' || u.id, 'name', u.name) FROM identity_user u WHERE u.id = f.author_id
          ) AS author
        FROM crm_followup f
        WHERE f.customer_id = c.id AND f.deleted_at IS NULL AND (c.mine OR c.helped OR f.author_id = $1)
        ORDER BY f.created_at DESC, f.id DESC
        LIMIT 50
      ) r
    ) AS "followUps"
  FROM (
    SELECT
      c.*,
      c.owner_id IS NOT DISTINCT FROM $1 AS mine,
      EXISTS (SELECT FROM crm_collaboration k WHERE k.user_id = $1 AND k.customer_id = c.id) AS helped
    FROM crm_customer c
    WHERE c.id = $2 AND c.deleted_at IS NULL
  ) c
  WHERE c.mine OR c.helped OR c.pool_status = 'in_pool'
) r))
