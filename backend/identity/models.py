"""Users, the team tree, role assignments and partner clients."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from backend.fields import TextField
from backend.models import Record, new_id


class Team(Record):
    """A team in the organisation's tree. `path` holds the keys from the root to this team, itself included."""

    name = TextField(unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)
    path = ArrayField(models.UUIDField(), default=list)

    class Meta:
        # "This team and all below it" is `path @> {team}`.
        indexes = [models.Index(fields=["parent"], name="team_parent")]

    def __str__(self) -> str:
        return str(self.name)


class UserManager(BaseUserManager["User"]):
    """Makes users by login name."""

    def create_superuser(self, username: str, password: str | None = None) -> "User":
        """Create a person who may enter the Django admin. It gives no access to CRM rows: roles do."""
        user = self.model(username=username, name=username, is_staff=True, is_superuser=True)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works here. What they see is decided by their roles, never by `is_superuser`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    username = TextField(unique=True)
    name = TextField()
    title = TextField(blank=True, default="")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members", db_index=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        indexes = [
            models.Index(fields=["team"], name="user_team"),
            models.Index(fields=["name", "id"], name="user_name"),
        ]

    def __str__(self) -> str:
        return str(self.username)


class RoleAssignment(models.Model):
    """A role of the active policy, given to a user. The policy is the one that knows which roles exist."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments", db_index=False)
    role = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class PartnerClient(Record):
    """A partner's server: a client of its own, with token scopes; sees only what is shared with it."""

    name = models.TextField(unique=True)
    roles = ArrayField(models.TextField(), default=list)
    token_scopes = ArrayField(models.TextField(), default=list)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return str(self.name)
