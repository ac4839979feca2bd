"""Every way in and out over HTTP: sign-up, invitation, sign-in, passwords, sessions (spec 1.1, 1.3, 1.9)."""

from __future__ import annotations

import contextlib
from typing import ClassVar, cast

from quart import Blueprint, current_app, g, request
from quart_schema import security_scheme, tag, validate_request, validate_response

from core.errors import N_, Conflict, NotFound, TooMany, Unauthenticated
from core.http import database
from gateway.api import Me, me
from gateway.auth import attempts, forgotten, origin, passwords, sessions
from gateway.auth.attempts import Attempts
from gateway.auth.bodies import (
    AcceptRequest,
    ActivationRequest,
    ChangePasswordRequest,
    Done,
    EmailRequest,
    Invited,
    ResetRequest,
    Sessions,
    SessionView,
    SignedIn,
    SignInRequest,
    SignUpRequest,
)
from gateway.settings import Settings
from people import service, store
from people.access import acting
from people.errors import wrong
from people.model import Agent, normal_email

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1")

Open = security_scheme([])  # nobody need be signed in


class ChooseTenant(Conflict):
    """The e-mail serves several companies; ``tenants`` says which."""

    code: ClassVar[str] = "choose_tenant"
    title: ClassVar[str] = N_("Choose the company")


@blueprint.before_request
async def _from_our_pages() -> None:
    if request.method != "GET":
        origin.refuse_foreign(request, _settings().public_url)


# --- A company begins ---


@blueprint.post("/sign-up")
@Open
@tag(["sign-in"])
@validate_request(SignUpRequest)
@validate_response(Done, 202)
async def sign_up(data: SignUpRequest) -> tuple[Done, int]:
    """Begin with a company; the code that activates it goes out by mail."""
    await _counted().take(attempts.SIGN_UPS_PER_ADDRESS, attempts.network(_address()))
    passwords.check_strength(data.password, email=data.email)
    await _counted().take(attempts.MAILS_PER_EMAIL, data.email)
    db = database()
    hashed = await passwords.hash_password(data.password)
    await service.sign_up(db, **data.model_dump(exclude={"password"}), password_hash=hashed, now=db.now())
    return Done(), 202


@blueprint.post("/activate/resend")
@Open
@tag(["sign-in"])
@validate_request(EmailRequest)
@validate_response(Done, 202)
async def resend_code(data: EmailRequest) -> tuple[Done, int]:
    """Mail a new code, if somebody waits for one at this e-mail."""
    await _counted().take(attempts.MAILS_PER_EMAIL, data.email)
    db = database()
    await service.resend_code(db, data.email, now=db.now())
    return Done(), 202


@blueprint.post("/activate")
@Open
@tag(["sign-in"])
@validate_request(ActivationRequest)
@validate_response(SignedIn)
async def activate(data: ActivationRequest) -> tuple[SignedIn, int]:
    """Found the company with the code from the mail, and sign its founder in."""
    db = database()
    await _counted().take(attempts.FAILURES_PER_ADDRESS, attempts.network(_address()))
    founded = await service.activate(
        db, email=data.email, code=data.code, secret=_settings().secret, address=_address(), now=db.now()
    )
    return await _let_in(founded.founder, by="activation"), 200


# --- An agent is invited ---


@blueprint.get("/invitations/by-token/<token>")
@Open
@tag(["sign-in"])
@validate_response(Invited)
async def show_invitation(token: str) -> tuple[Invited, int]:
    """Return who invites to what, for whoever opened the link."""
    db = database()
    invitation, tenant = await service.invitation_by_token(db, token, secret=_settings().secret, now=db.now())
    shown = Invited(
        email=invitation.email,
        company=tenant.name,
        invited_by_name=invitation.invited_by_name,
        language=invitation.language,
        expires_at=invitation.expires_at,
    )
    return shown, 200


@blueprint.post("/invitations/accept")
@Open
@tag(["sign-in"])
@validate_request(AcceptRequest)
@validate_response(SignedIn)
async def accept_invitation(data: AcceptRequest) -> tuple[SignedIn, int]:
    """Become an agent with a name and a password, and be signed in."""
    db = database()
    secret = _settings().secret
    invitation, _ = await service.invitation_by_token(db, data.token, secret=secret, now=db.now())
    passwords.check_strength(data.password, email=invitation.email)
    hashed = await passwords.hash_password(data.password)
    agent = await service.accept_invitation(
        db, data.token, name=data.name, password_hash=hashed, secret=secret, address=_address(), now=db.now()
    )
    return await _let_in(agent, by="invitation"), 200


# --- In and out ---


@blueprint.post("/sign-in")
@Open
@tag(["sign-in"])
@validate_request(SignInRequest)
@validate_response(SignedIn)
async def sign_in(data: SignInRequest) -> tuple[SignedIn, int]:
    """Sign in with e-mail and password; 409 `choose_tenant` when that opens several companies."""
    account = data.email.strip().lower()
    await _counted().begin(account, _address())
    found = [agent for agent in await _may_be(account) if data.tenant in (None, agent.tenant_id)]
    known = [agent for agent in found if await passwords.verify(agent.password_hash, data.password)]
    if not found:
        await passwords.verify(None, data.password)
    if not known:
        await _counted().failed(account, _address())
        raise Unauthenticated(N_("The e-mail or the password is not right. Check both, or set a new password."))
    await _counted().succeeded(account, _address())
    if len(known) > 1:
        tenants = [await store.tenant(database(), agent.tenant_id) for agent in known]
        raise ChooseTenant(
            N_("This e-mail serves several companies. Choose one."),
            tenants=[{"id": tenant.id, "name": tenant.name} for tenant in tenants],
        )
    await _keep_hash_strong(known[0], data.password)
    return await _let_in(known[0], by="password"), 200


@blueprint.post("/sign-out")
@tag(["sign-in"])
@validate_response(Done)
async def sign_out() -> tuple[Done, int]:
    """End this session."""
    actor = g.get("actor")
    if actor is not None:
        with contextlib.suppress(NotFound):  # another window was faster
            await sessions.revoke(database(), actor.session_id, actor=actor, name="AgentSignedOut")
    g.following = None
    g.forget_session = True
    return Done(), 200


# --- Passwords ---


@blueprint.post("/password/forgot")
@Open
@tag(["sign-in"])
@validate_request(EmailRequest)
@validate_response(Done, 202)
async def forgot_password(data: EmailRequest) -> tuple[Done, int]:
    """Mail a link to set a new password, if somebody has this e-mail; the answer is the same if not."""
    db = database()
    with contextlib.suppress(TooMany):  # who asks too often has got the link already
        await _counted().take(attempts.MAILS_PER_EMAIL, data.email)
        await forgotten.forgot(db, data.email, now=db.now())
    return Done(), 202


@blueprint.post("/password/reset")
@Open
@tag(["sign-in"])
@validate_request(ResetRequest)
@validate_response(Done)
async def reset_password(data: ResetRequest) -> tuple[Done, int]:
    """Set a new password with the link from the mail; all sessions end."""
    db = database()
    await _counted().take(attempts.FAILURES_PER_ADDRESS, attempts.network(_address()))
    agent = await forgotten.reset(
        db, data.token, data.password, secret=_settings().secret, address=_address(), now=db.now()
    )
    await _counted().forgive(agent.email, _address())
    return Done(), 200


@blueprint.post("/me/password")
@tag(["me"])
@validate_request(ChangePasswordRequest)
@validate_response(Me)
async def change_password(data: ChangePasswordRequest) -> tuple[Me, int]:
    """Change my password. All sessions end; this browser gets a new one, programs sign in again."""
    actor, db = acting(), database()
    agent = await store.agent(db, actor.tenant_id, actor.id)
    await _counted().begin(agent.id, _address())
    if not await passwords.verify(agent.password_hash, data.current):
        await _counted().failed(agent.id, _address())
        raise wrong("current", N_("This is not your present password."))
    await _counted().succeeded(agent.id, _address())
    passwords.check_strength(data.password, email=agent.email)
    hashed = await passwords.hash_password(data.password)
    changed = await service.set_password(db, agent, hashed, actor=actor.actor)
    return (await _let_in(changed, by="password change")).me, 200


# --- Where I am signed in ---


@blueprint.get("/sessions")
@tag(["me"])
@validate_response(Sessions)
async def list_sessions() -> tuple[Sessions, int]:
    """Return where I am signed in."""
    actor, db = acting(), database()
    agent = await store.agent(db, actor.tenant_id, actor.id)
    items = [
        SessionView(
            id=session.id,
            created_at=session.created_at,
            seen_at=session.seen_at,
            address=session.address,
            browser=session.browser,
            current=session.id == actor.session_id,
        )
        for session in await sessions.sessions_of(db, actor.tenant_id, agent, now=db.now())
    ]
    return Sessions(items=items), 200


@blueprint.delete("/sessions/<session_id>")
@tag(["me"])
@validate_response(Done)
async def revoke_session(session_id: str) -> tuple[Done, int]:
    """End one of my sessions."""
    await sessions.revoke(database(), session_id, actor=acting())
    return Done(), 200


# --- What the routes share ---


async def _let_in(agent: Agent, *, by: str) -> SignedIn:
    """Begin a session for a proved identity, and let the browser keep it."""
    db = database()
    user_agent = request.headers.get("User-Agent", "")
    token = await sessions.open_session(db, agent, address=_address(), browser=user_agent, now=db.now(), by=by)
    actor, _ = await sessions.authenticate(db, token, address=_address(), now=db.now())
    g.following, g.language = token, actor.language
    from_browser = "Origin" in request.headers  # a script on our pages must never see the token
    return SignedIn(me=await me(actor), session=None if from_browser else token)


async def _may_be(account: str) -> list[Agent]:
    """Return whom an e-mail may mean, in companies that are open."""
    try:
        agents = await store.agents_with_email_in_any_tenant(database(), normal_email(account))
    except ValueError:
        return []
    return [agent for agent in agents if (await store.tenant(database(), agent.tenant_id)).active]


async def _keep_hash_strong(agent: Agent, password: str) -> None:
    if agent.password_hash and passwords.needs_rehash(agent.password_hash):
        stronger = await passwords.hash_password(password)
        await store.replace_hash(database(), agent.tenant_id, agent.id, was=agent.password_hash, became=stronger)


def _address() -> str:
    return request.remote_addr or ""


def _settings() -> Settings:
    return cast(Settings, current_app.config["WAYSTATION"])


def _counted() -> Attempts:
    """Return who counts attempts, one per application."""
    counter = current_app.extensions.get("attempts")
    if counter is None:
        counter = current_app.extensions["attempts"] = Attempts(current_app.extensions.get("redis"))
    return cast(Attempts, counter)
