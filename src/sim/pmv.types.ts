/** One entry of Apple's lookup service. https://gdmf.apple.com/v2/pmv */
export interface PmvAsset {
  ProductVersion: string;
  ProductVersionExtra?: string;
  Build: string;
  PrerequisiteBuild?: string;
  PostingDate: string;
  ExpirationDate?: string;
  SupportedDevices: string[];
}

export type PmvSet = Record<string, PmvAsset[]>;
