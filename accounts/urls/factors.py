"""Addresses of the second factor, under /account/ of every door."""

from django.urls import path

from accounts.views import factor, second_factor

urlpatterns = [
    path("sign-in/code/", factor.factor, name="factor"),
    path("sign-in/code/new/", factor.send, name="factor-send"),
    path("sign-in/number/", factor.number, name="factor-number"),
    path("sign-in/passkey/", factor.passkey_options, name="factor-passkey-options"),
    path("confirm/", factor.step_up, name="step-up"),
    path("second-factor/", second_factor.second_factor, name="second-factor"),
    path("second-factor/app/", second_factor.app_add, name="second-factor-app-add"),
    path("second-factor/app/<uuid:device_id>/", second_factor.app, name="second-factor-app"),
    path("second-factor/passkey/", second_factor.passkey_add, name="second-factor-passkey"),
    path("second-factor/passkey/options/", second_factor.passkey_options, name="second-factor-passkey-options"),
    path("second-factor/number/", second_factor.number, name="second-factor-number"),
    path("second-factor/recovery/", second_factor.recovery_codes, name="recovery-codes"),
    path("second-factor/devices/", second_factor.forget_devices, name="forget-devices"),
    path("second-factor/devices/<uuid:device_id>/", second_factor.forget_device, name="forget-device"),
    path("second-factor/<slug:factor>/<slug:device_id>/remove/", second_factor.remove, name="second-factor-remove"),
]
