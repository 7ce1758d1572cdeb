"""Making an account."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError
from ninja.errors import ValidationError as InvalidRequest

from ...service_api import problems
from ...users.models import User as Account
from ..registration_limit import limit_registration
from ..schemas import NewAccount, User, UserOut

router = Router(tags=["accounts"])


@router.post(
    "/accounts",
    response={201: UserOut},
    openapi_extra=problems(400, 403, 409, 413, 415, 422, 429, 503),
)
def create_account(request: HttpRequest, new: NewAccount) -> UserOut:
    """Make an account; each e-mail address can have one."""
    limit_registration(request)
    account = Account(email=Account.objects.normalize_email(new.email), name=new.name)
    password = new.password.get_secret_value()
    try:
        validate_password(password, account)
    except ValidationError as error:
        place = ["body", "password"]
        raise InvalidRequest([{"loc": place, "msg": text} for text in error.messages]) from None
    account.set_password(password)  # before the transaction, which would keep others waiting
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        raise HttpError(409, "This e-mail address has an account already.") from None
    return UserOut(user=User(id=account.pk, email=account.email, name=account.name))
