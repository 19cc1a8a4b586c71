"""Which services Apprise may be asked to reach, and what their addresses may say.

Read from the templates and the source of Apprise 2.2.0 (2026-11-08): services that
send to hosts of their own over HTTPS. Left out is whatever takes a host, builds one
from the address (zulip, sns, ryver, …), stays on this machine (dbus, syslog, …), opens
a socket of its own (aprs) or reads a file that the address names (fcm, vapid). A test
holds this list against the Apprise that is installed.
"""

from __future__ import annotations

#: What stands before ``://``.
SCHEMAS = frozenset(
    """
    46elks atalk azure brevo bulksms bulkvs burstsms chanify clickatell clicksend cm
    d7sms dapnet dingtalk discord dot eight00com elks exotel feishu firehydrant flock
    freemobile gchat github groundmail groupme guilded gupshup httpsms ifttt ilert
    incidentio jira join kakao kakaotalk kavenegar kook kudosity kumulos lark lauther
    lfg line mailersend mobilemessage mobilemsg msg91 msgbird nexmo notifiarr notifyre
    o365 octopush onesignal opsgenie pagerduty pagertree pbul pingram plivo postmark
    pover prowl psafer psafers push pushed pushme pushplus pushward pushy qq reddit
    resend revolt schan sendgrid serwersms seven sfr signalgrid signl4 simplepush slack
    smsc smsmanager smsmgr smstunnel spike splunk spugpush spush squadcast stackfield
    strmlabs telesign telnyx tgram threema tweet twilio twist twitter viber victorops
    voipms vonage webex wecom wecombot whapi whatsapp wpush wxpusher wxteams x youlmk
    zalo zoom
    """.split()  # noqa: SIM905  # a table, better read as one
)
#: Arguments behind ``?`` that only say whom to tell and how. ``template`` would read a
#: file; ``verify``, ``redirect``, ``rto`` and their like are ours to decide.
ARGUMENTS = frozenset(
    """
    action album alerting_scenario alias apikey assignees badge batch bcc blocks bot_id
    bot_token broadcast campaign category cc channel channels class click client_key
    color country critical critical_volume dedup device e2ee entity entity_id event
    expire external_id failure fields filtering flair_id flair_text flash footer
    footer_logo from gateway group gwid hq id image info interval key kind label labels
    lang language level link links location login max_parts mdv method mode name nsfw
    oauth_id oauth_secret option preview priority profile purpose push_key ref region
    replies reply reply_to resubmit route routing_key savesent secret sender service
    severity shared short_url sid silent sound source spoiler sptag status subtitle
    success tags thirdparty thread tid timestamp to token topic topic_auth_token
    topic_code translit ttl tts txgroups type unicode urgency url url_label url_title
    validity vibration volume warning workspace
    """.split()  # noqa: SIM905
)
