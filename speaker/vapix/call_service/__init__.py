"""The Call service, `/vapix/call`: SIP settings, accounts and calls as VAPIX names them."""
