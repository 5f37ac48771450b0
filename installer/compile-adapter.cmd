@echo off
rem Compiles RTMPDriver.dll against the framework of the Recording Server on this machine.
rem Run as Administrator, in the driver's folder, when the package came without RTMPDriver.dll
rem or when an XProtect update no longer loads it.
"%~dp0driver-setup.exe" compile-adapter --dir "%~dp0."
if errorlevel 1 echo The adapter was not compiled. See the message above.
pause
