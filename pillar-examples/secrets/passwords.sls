#!yaml|gpg
# Crypt hashes of passwords (openssl passwd -6), encrypted for the master's key:
#   printf %s "$HASH" | gpg --armor --encrypt --recipient KEY
# salt hn1 openvz.set_password web11 root openvz:passwords:web11
openvz:
  passwords:
    web11: |
      -----BEGIN PGP MESSAGE-----

      hQEMA+LHV7Q6m6cSAQf/YriHUAHGf8gAoxsHxlj/5kaPNep1v3PoiEXsIy/i8hKl
      +PAD95iirCCygRKC/7mc1ZWJNcKaJs2NfLmWWLhfD4eLdt2NC/AjCVyABxYSZiGz
      S8xkUB0myBurB21pTOzBBFvDn1z4OqRTeskUEj06HSMaW2EnnAUVK5UhG0eJoMgK
      4yZrA2VKWQ3FyR6W4KJ0mqGkmJ+o0WnNTIqKXEbcL2VMWmxJijAbK5t74N2DFL+N
      j7p1yCp95fVl0ftvmkmKE0feqpWoLZvPNJ2J/c6/fb/fBRisoWuzFUQVec+x00se
      mo4Xp8Qmo5bthaPNP06CQ7UMwgrzCqfCUieJSXOhutKeAc8rU6KGbsjJQdY4sfEH
      Ip5lEDmSXtX4+Bo0+7bxtq55xhTq1Q5jy2riCet/KkvhLDwOenDeYyU3+HMt6Y5g
      DSXx3br6cxhozlhq6wn/DaJ54dlqZqSD6KfqZUCnTvJ6uxJ/mEoPz5vlWbuEhuZy
      LFr6ZrfkfubEKRVjdu7Wi4fxxhZDfxkfVgaa0z1+Nd7kd9bQVmsaJZXT3PNbtIs=
      =8KeH
      -----END PGP MESSAGE-----
