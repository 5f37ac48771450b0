; The Setup program of the RTMP Push Driver: pages, files, Windows' list of programs.
; What it does to the Recording Server is driver-setup's work (see setup/).
;
; Called by dist:  makensis -DVERSION=X.Y.Z -DPAYLOAD=folder -DOUTPUT=file RTMPDriver.nsi
;
; Flags: /S (silent)  /NOSTART  /NOFIREWALL  /PORT=8783  /FORCE  /LOG=file  /D=folder (last, without quotes)
; Uninstaller: /S  /NOSTART  /PURGE  /LOG=file
; Exit codes: 0 done, 2 aborted, 10 no Recording Server, 11 the service did not stop, 12 files in use,
;             13 a newer version is installed, 14 to 18 see driver-setup --help.

Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel admin
ManifestDPIAware true
CRCCheck force

!define PRODUCT "RTMP Push Driver"
!define TEST "${PRODUCT} – test without XProtect"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\RTMPDriver"

Name "${PRODUCT} ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Milestone\MIPDrivers\RTMPDriver"
BrandingText "${PRODUCT} ${VERSION}"
ShowInstDetails show
ShowUninstDetails show

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${PRODUCT}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${PRODUCT} Setup"
VIAddVersionKey "LegalCopyright" "The RTMP Push Driver authors. MIT OR Apache-2.0"

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include nsDialogs.nsh

Var Port
Var NoFirewall
Var NoStart
Var Force
Var Purge
Var Log
Var Arguments
Var Code
Var Words
Var PortField
Var FirewallBox

!define MUI_ICON "../crates/driver-host/icon.ico"
!define MUI_UNICON "../crates/driver-host/icon.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "art/welcome.bmp"
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "art/header.bmp"
!define MUI_ABORTWARNING
!define MUI_CUSTOMFUNCTION_ABORT Aborted
!define MUI_UNABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "${PRODUCT} ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "OBS, FFmpeg, drones and cameras push RTMP or RTMPS video straight to the XProtect Recording Server.$\r$\n$\r$\nThe Recording Server's service is stopped while files are replaced and started again afterwards, if it was running. A certificate (rtmp.pfx) in the driver's folder is kept.$\r$\n$\r$\nIndependent open source; not affiliated with or supported by Milestone Systems."
!define MUI_FINISHPAGE_TITLE "Installed"
!define MUI_FINISHPAGE_TEXT "Next, in the Management Client: Add Hardware, Manual, driver RTMPDriver, address of this Recording Server, port $Port.$\r$\n$\r$\nThen push to rtmp://this-server:$Port/stream1.$\r$\n$\r$\nTo see pushes arrive before that, start $\"${TEST}$\" from the start menu."

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${PAYLOAD}/LICENSE-MIT.txt"
!insertmacro MUI_PAGE_DIRECTORY
Page custom FirewallPage FirewallPageLeave
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Reads the flag /NAME: VARIABLE becomes the OPTION of driver-setup, or empty.
!macro ReadFlag NAME VARIABLE OPTION
  ClearErrors
  ${GetOptions} $R0 "/${NAME}" $R1
  ${If} ${Errors}
    StrCpy ${VARIABLE} ""
  ${Else}
    StrCpy ${VARIABLE} "${OPTION}"
  ${EndIf}
!macroend
; Reads /NAME=value into VARIABLE, or DEFAULT.
!macro ReadValue NAME VARIABLE DEFAULT
  ClearErrors
  ${GetOptions} $R0 "/${NAME}=" ${VARIABLE}
  ${If} ${Errors}
    StrCpy ${VARIABLE} "${DEFAULT}"
  ${EndIf}
!macroend

; Runs driver-setup with $Arguments from the temporary folder; its exit code is in $Code, its last words in $Words.
!macro RunSetup
  DetailPrint "driver-setup $Arguments"
  nsExec::ExecToStack '"$PLUGINSDIR\driver-setup.exe" $Arguments --log "$Log"'
  Pop $Code
  Pop $Words
  DetailPrint "$Words"
!macroend

; Ends with driver-setup's exit code, and tells a person why.
!macro EndUnlessDone
  ${If} $Code != 0
    ${If} $Code == "error"
      StrCpy $Code 16
    ${EndIf}
    SetErrorLevel $Code
    MessageBox MB_OK|MB_ICONSTOP "$Words$\r$\nExit code $Code. Log: $Log" /SD IDOK
    Abort
  ${EndIf}
!macroend

; One Setup or uninstaller at a time, from its first page to its last: until the process ends nobody else can open this
; file. driver-setup has a lock of its own, for those who run it without Setup.
!macro TakeTurn
  System::Call 'kernel32::CreateFile(t "$WINDIR\RTMPDriver-Setup.lock", i 0x40000000, i 0, p 0, i 4, i 0x04000000, p 0) p .R0 ?e'
  Pop $R0
  ${If} $R0 == 32
    SetErrorLevel 18
    MessageBox MB_OK|MB_ICONSTOP "Another Setup of the driver is at work on this machine. Wait until it has ended, then start this one again.$\r$\nExit code 18." /SD IDOK
    Abort
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro TakeTurn
  ${GetParameters} $R0
  !insertmacro ReadFlag "NOSTART" $NoStart "--no-start"
  !insertmacro ReadFlag "NOFIREWALL" $NoFirewall "--no-firewall"
  !insertmacro ReadFlag "FORCE" $Force "--force"
  !insertmacro ReadValue "PORT" $Port "8783"
  !insertmacro ReadValue "LOG" $Log "$TEMP\RTMPDriver-Setup.log"
  InitPluginsDir
  File "/oname=$PLUGINSDIR\driver-setup.exe" "${PAYLOAD}/driver-setup.exe"
  ${If} $Force == ""
    StrCpy $Arguments "detect"
    !insertmacro RunSetup
    !insertmacro EndUnlessDone
  ${EndIf}
FunctionEnd

Function Aborted
  SetErrorLevel 2
FunctionEnd

Function FirewallPage
  !insertmacro MUI_HEADER_TEXT "Windows Firewall" "Publishers connect to the Recording Server from outside."
  nsDialogs::Create 1018
  Pop $R0
  ${NSD_CreateCheckbox} 0 0 100% 12u "&Allow incoming connections to the driver (private and domain networks)"
  Pop $FirewallBox
  ${If} $NoFirewall == ""
    ${NSD_Check} $FirewallBox
  ${EndIf}
  ${NSD_CreateLabel} 0 24u 100% 20u "TCP &ports, one for each hardware that you add (8783, or a list such as 8783,8790-8792):"
  Pop $R0
  ${NSD_CreateText} 0 46u 50% 12u "$Port"
  Pop $PortField
  nsDialogs::Show
FunctionEnd

Function FirewallPageLeave
  ${NSD_GetText} $PortField $Port
  ${NSD_GetState} $FirewallBox $R0
  ${If} $R0 == ${BST_CHECKED}
    StrCpy $NoFirewall ""
  ${Else}
    StrCpy $NoFirewall "--no-firewall"
  ${EndIf}
FunctionEnd

Section "Driver"
  SetOutPath "$PLUGINSDIR\payload"
  File /r "${PAYLOAD}/*"
  ; Neither the folder of Setup nor a temporary one: programs are looked for in the current folder, too.
  SetOutPath "$SYSDIR"
  StrCpy $Arguments 'install --payload "$PLUGINSDIR\payload" --dir "$INSTDIR" --port "$Port" $NoStart $NoFirewall $Force'
  !insertmacro RunSetup
  !insertmacro EndUnlessDone

  ; Created new, never written through a link that somebody has put there.
  Delete "$INSTDIR\Uninstall.exe"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${TEST}.lnk" "$INSTDIR\test-without-xprotect.cmd" "" "$INSTDIR\driver-host.exe" 0 \
    SW_SHOWNORMAL "" "Shows what publishers push to this machine"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "${PRODUCT} for XProtect"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\driver-host.exe"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "The RTMP Push Driver authors"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0
SectionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro TakeTurn
  ${GetParameters} $R0
  !insertmacro ReadFlag "NOSTART" $NoStart "--no-start"
  !insertmacro ReadFlag "PURGE" $Purge "--purge"
  !insertmacro ReadValue "LOG" $Log "$TEMP\RTMPDriver-Setup.log"
FunctionEnd

Section "Uninstall"
  InitPluginsDir
  SetOutPath "$SYSDIR"
  ; One that was cut off behind driver-setup has nothing left for it to remove.
  ${If} ${FileExists} "$INSTDIR\installed-files.txt"
  ${OrIf} ${FileExists} "$INSTDIR\setup-replacing.txt"
    ; The copy in the driver's folder could not remove itself. Of a Setup that was cut off it may lie aside.
    ${If} ${FileExists} "$INSTDIR\driver-setup.exe"
      CopyFiles /SILENT "$INSTDIR\driver-setup.exe" "$PLUGINSDIR\driver-setup.exe"
    ${Else}
      CopyFiles /SILENT "$INSTDIR\driver-setup.exe.old" "$PLUGINSDIR\driver-setup.exe"
    ${EndIf}
    StrCpy $Arguments 'uninstall --dir "$INSTDIR" $Purge $NoStart'
    !insertmacro RunSetup
    !insertmacro EndUnlessDone
  ${EndIf}
  Delete "$SMPROGRAMS\${TEST}.lnk"
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
SectionEnd
