#!/usr/bin/env bash
# A pretended iPad of curl and openssl, for trying Ratchet beside a NanoMDM in a lab, without hardware.
#
#   device.sh certificates     makes a lab CA (ca.pem) and the device's certificate (device.pem) here
#   device.sh enroll           enrolls: Authenticate, TokenUpdate
#   device.sh poll             asks for commands and answers them; a DeclarativeManagement command makes it sync
#   device.sh sync             fetches its declarations, as a device does by itself once a day
#   device.sh install 18.6.2 22G100    reports, by a status report, that it now runs this
#
# MDM_URL: where NanoMDM takes devices, http://127.0.0.1:9000/mdm when not set.
set -euo pipefail

mdm=${MDM_URL:-http://127.0.0.1:9000/mdm}
udid=00008112-000A51E23C01401E
serial=LAB0000001
model=iPad14,3
topic=com.apple.mgmt.External.lab
# What it runs, in a file beside the certificates.
version=18.5 build=22F76
if [ -f device.os ]; then read -r version build < device.os; fi

certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Lab CA' -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$serial" -keyout device.key -out device.csr 2>/dev/null
  # NanoMDM takes only certificates that are made for client authentication.
  openssl x509 -req -in device.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 800 -out device.pem \
    -extfile <(printf 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n') 2>/dev/null
  echo 'ca.pem is for nanomdm -ca, device.pem is the device'
}

# send TYPE KEYS: one request of the device, KEYS being the inside of its property list.
send() {
  curl -sS --fail-with-body -X PUT "$mdm" -H "Content-Type: application/x-apple-aspen-mdm$1" \
    -H "X-Client-Cert: :$(openssl x509 -in device.pem -outform DER | openssl base64 -A):" --data-binary @- <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>UDID</key><string>$udid</string>$2</dict></plist>
PLIST
}
text() { printf '<key>%s</key><string>%s</string>' "$1" "$2"; }
data() { printf '<key>%s</key><data>%s</data>' "$1" "$(openssl base64 -A)"; }
# The first value of a key in the property list or JSON on standard input.
plist_value() { tr -d '\n\t' | sed -n "s:.*<key>$1</key> *<string>\([^<]*\)</string>.*:\1:p"; }

enroll() {
  send -checkin "$(text MessageType Authenticate; text Topic "$topic"; text SerialNumber "$serial"; text ProductName "$model"
    text OSVersion "$version"; text BuildVersion "$build")"
  send -checkin "$(text MessageType TokenUpdate; text Topic "$topic"; text PushMagic lab; printf token | data Token)"
  echo "$serial is enrolled, runs $version ($build)"
}

poll() {
  local command uuid type answer keys=$(text Status Idle)
  while command=$(send '' "$keys") && [ -n "$command" ]; do
    uuid=$(plist_value CommandUUID <<<"$command") type=$(plist_value RequestType <<<"$command") answer=
    echo "command: $type"
    if [ "$type" = DeviceInformation ]; then
      answer="<key>QueryResponses</key><dict>$(text SerialNumber "$serial"; text ProductName "$model"; text OSVersion "$version"
        text BuildVersion "$build"; text TimeZone Europe/Berlin)<key>IsSupervised</key><true/></dict>"
    fi
    if [ "$type" = DeclarativeManagement ]; then synchronize=yes; fi
    keys=$(text Status Acknowledged; text CommandUUID "$uuid"; printf %s "$answer")
  done
  if [ -n "${synchronize:-}" ]; then sync; fi
}

ddm() { send -checkin "$(text MessageType DeclarativeManagement; text Endpoint "$1")"; }

sync() {
  local items kind identifier body
  ddm tokens >/dev/null
  echo 'fetched: tokens'
  items=$(ddm declaration-items)
  echo 'fetched: declaration-items'
  for kind in activation configuration; do
    # Activations and Configurations are lists of {"Identifier", "ServerToken"}.
    for identifier in $(grep -io "\"${kind}s\":\[[^]]*" <<<"$items" | grep -o '"Identifier":"[^"]*' | cut -d'"' -f4); do
      # KMFDDM's are written over several lines, with the Payload before the ServerToken.
      body=$(ddm "declaration/$kind/$identifier" | tr -d '\n\t')
      echo "fetched: $identifier $(sed 's/.*"Payload": *\({.*}\)\(,"ServerToken".*\)\{0,1\}}$/\1/' <<<"$body" | cut -c1-100)"
    done
  done
}

install() {
  echo "$1 $2" > device.os
  send -checkin "$(text MessageType DeclarativeManagement; text Endpoint status; data Data <<JSON
{"StatusItems":{"device":{"operating-system":{"version":"$1","build-version":"$2"}}},"Errors":[]}
JSON
)"
  echo "reported: now runs $1 ($2)"
}

case ${1:-} in
  certificates | enroll | poll | sync) "$1" ;;
  install) install "${2:?which version?}" "${3:?which build?}" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
