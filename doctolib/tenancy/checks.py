"""What must hold before a process serves anybody."""

from django.core.checks import Error, register
from django.db import connections

from .classes import TableClass, models_of, table_class


class PrivilegedRole(RuntimeError):
    """The database role could go around row-level security."""


QUESTION = """
SELECT r.rolsuper, r.rolbypassrls, r.rolinherit,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p'))
FROM pg_roles r WHERE r.rolname = session_user
"""


def refuse_privileged_role() -> None:
    """Web and worker call this at start. Raises PrivilegedRole when the log-in role is a superuser, bypasses row-level
    security, inherits its scope roles or owns a table."""
    for alias in connections:
        if alias.endswith("owner"):
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(QUESTION)
            superuser, bypasses, inherits, owns = cursor.fetchone()
        connections[alias].close()
        if superuser or bypasses or inherits or owns:
            raise PrivilegedRole(
                f"The database role of {alias!r} is a superuser, bypasses row-level security, inherits rights or owns"
                " tables. Use the role doctolib_app (docs/operations.md)."
            )


@register()
def every_model_has_a_table_class(app_configs, **kwargs):
    from django.apps import apps

    problems = []
    for model in apps.get_models(include_auto_created=True):
        try:
            table_class(model)
        except LookupError as error:
            problems.append(Error(str(error), obj=model, id="tenancy.E001"))
    return problems


@register()
def no_plain_foreign_key_between_isolated_tables(app_configs, **kwargs):
    """A plain foreign key bypasses row-level security; its target must be of the same class and database."""
    problems = []
    for model in models_of(TableClass.TENANT, TableClass.PERSON):
        for field in model._meta.concrete_fields:
            if field.is_relation and (field.db_constraint or table_class(field.related_model) != table_class(model)):
                problems.append(
                    Error("Use TenantForeignKey to a table of the same class.", obj=field, id="tenancy.E002")
                )
    return problems
